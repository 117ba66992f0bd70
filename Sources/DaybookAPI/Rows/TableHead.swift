/// The line that comes before the rows of a table.
public struct TableHead: APIDocument, Equatable {
    public var table: String
    /// The names of the columns, in order.
    public var columns: [String]

    public init(table: String, columns: [String]) {
        self.table = table
        self.columns = columns
    }

    public static let example = TableHead(table: "users", columns: ["user_id", "email", "name"])
}
