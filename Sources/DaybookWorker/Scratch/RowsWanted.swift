import Daybook

/// The rows of a projection that somebody wants to see.
struct RowsWanted: Sendable, Equatable {
    /// `nil` for those that serve.
    var limit: PastHistory.Limit?
    /// `nil` for all tables.
    var table: String?
}

/// The error of a request for a table that the projection does not have.
struct NoSuchTable: Error, CustomStringConvertible {
    let name: String

    var description: String { "the projection has no table \(name)" }
}
