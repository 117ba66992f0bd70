/// The place where two generations differ in one of their projection's tables.
public struct TableDifference: Sendable, Codable, Equatable, CustomStringConvertible {
    public var table: String
    /// Rows that only the first has.
    public var onlyInFirst: Int
    /// Rows that only the second has.
    public var onlyInSecond: Int
    /// Some of them, column by column, each once.
    public var first: [String]
    /// Some of them, column by column, each once.
    public var second: [String]

    public init(
        table: String, onlyInFirst: Int = 0, onlyInSecond: Int = 0, first: [String] = [], second: [String] = []
    ) {
        self.table = table
        self.onlyInFirst = onlyInFirst
        self.onlyInSecond = onlyInSecond
        self.first = first
        self.second = second
    }

    public var description: String { "\(table): \(onlyInFirst) rows are gone, \(onlyInSecond) are new" }

    /// The number of different rows that are shown of each generation.
    public static let shownRows = 20
}
