/// The line that comes after all rows. A response without it broke off.
public struct RowsEnd: APIDocument, Equatable {
    public var rows: Int
    /// Events that were posted for the rows, at least.
    public var events: Int64
    /// Events that are set aside, and not in the rows unless they were posted meanwhile.
    public var parked: Int

    public init(rows: Int, events: Int64, parked: Int) {
        self.rows = rows
        self.events = events
        self.parked = parked
    }

    public static let example = RowsEnd(rows: 1, events: 184_203, parked: 0)
}
