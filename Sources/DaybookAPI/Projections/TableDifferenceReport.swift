/// The difference between the rows of a table that serve and those that a replay gives.
public struct TableDifferenceReport: APIDocument, Equatable {
    public var table: String
    /// Rows that only what serves has.
    public var onlyInFirst: Int
    /// Rows that only the replay has.
    public var onlyInSecond: Int
    /// Some of the rows that only what serves has, column by column.
    public var first: [String]
    /// Some of the rows that only the replay has, column by column.
    public var second: [String]

    public init(table: String, onlyInFirst: Int, onlyInSecond: Int, first: [String], second: [String]) {
        self.table = table
        self.onlyInFirst = onlyInFirst
        self.onlyInSecond = onlyInSecond
        self.first = first
        self.second = second
    }

    public static let example = TableDifferenceReport(
        table: "users", onlyInFirst: 1, onlyInSecond: 1, first: ["user_id=ada name=other"],
        second: ["user_id=ada name=Ada Lovelace"])
}
