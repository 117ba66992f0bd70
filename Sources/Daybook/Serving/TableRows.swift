/// The rows of a generation's tables as JSON, beside whoever posts to it. Only what its projection has made is shown.
public protocol TableRows: Sendable {
    /// The tables, by name.
    func tables() async throws -> [TableDescription]

    /// Hands over the rows of a table page by page, each row once and in an order that stays.
    ///
    /// - Parameters:
    ///   - table: One of ``tables()``.
    ///   - body: Takes a JSON object for each row of a page, with its members in the order of the columns. What is
    ///     posted between two pages may be in the second one.
    /// - Throws: What `body` throws.
    func withPages(of table: TableDescription, _ body: (_ rows: [[UInt8]]) async throws -> Void) async throws

    /// The number of events that were posted to make the rows, and how many are parked and therefore not in them.
    func events() async throws -> (posted: Int64, parked: Int)
}

/// A table of a projection.
public struct TableDescription: Sendable, Hashable {
    public let name: String
    /// The names of its columns, in order.
    public let columns: [String]

    public init(name: String, columns: [String]) {
        self.name = name
        self.columns = columns
    }
}
