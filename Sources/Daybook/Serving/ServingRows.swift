/// The rows of the generation that serves, whichever that is when it is asked.
public protocol ServingRows: Sendable {
    /// The generation that serves.
    ///
    /// - Throws: ``NothingServes``.
    func generation() throws -> Int

    /// The version of the projection whose rows serve.
    ///
    /// - Throws: ``NothingServes``.
    func version() throws -> Int

    /// Answers a query with JSON; `nil` when there is no such thing.
    ///
    /// - Parameters:
    ///   - query: One of the queries of a projection whose read model is of this kind.
    ///   - version: The version of the projection that the query belongs to. Its rows may differ from those of another.
    /// - Throws: ``NothingServes``, ``OtherVersionServes``, what the query throws.
    func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int
    ) async throws -> [UInt8]?

    /// Answers a query from rows that show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameters:
    ///   - query: One of the queries of a projection whose read model is of this kind.
    ///   - version: The version of the projection that the query belongs to.
    /// - Throws: ``NotShown``, ``NothingServes``, ``OtherVersionServes``, what the query throws.
    func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int, after token: WriteToken
    ) async throws -> [UInt8]?
}

/// The rows that serve were made by another version of the projection.
public struct OtherVersionServes: Error, Sendable, Equatable, CustomStringConvertible {
    public let serving: Int
    public let wanted: Int

    public init(serving: Int, wanted: Int) {
        self.serving = serving
        self.wanted = wanted
    }

    public var description: String {
        "version \(serving) of the read model serves, and the query is of version \(wanted)"
            + (serving < wanted ? ": ask again when that is built" : "")
    }
}

/// No generation of the read model is built yet.
public struct NothingServes: Error, Sendable, CustomStringConvertible {
    public let description = "the read model is being built for the first time"

    public init() {}
}
