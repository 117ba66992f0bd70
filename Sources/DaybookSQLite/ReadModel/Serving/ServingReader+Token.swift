public import Daybook
import GRDB

extension ServingReader {
    /// Answers a query from rows that show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameter version: The version of the projection that the query belongs to.
    /// - Throws: ``NotShown``, ``NothingServes``, ``OtherVersionServes``, `DatabaseError`, what the query throws;
    ///   ``StoreError`` for a query that is no ``ReadModelQuery``.
    public func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int, after token: WriteToken
    ) async throws -> [UInt8]? {
        let query = try ReadModelQuery(describedBy: query)
        return try await read(of: version) { db in
            try Self.check(token, in: db)
            return try query.body(parameters, db)
        }
    }

    private static func check(_ token: WriteToken, in db: Database) throws {
        let checkpoint = try ReadModelSchema.checkpoints(in: db)[token.lane]
        if let checkpoint, checkpoint.epoch != token.epoch { throw NotShown.otherLog }
        let lag = token.place.offset - (checkpoint?.offset ?? .zero)
        if lag > 0 { throw NotShown.behind(lag: lag) }
        if let stream = try ParkedEvents.stream(at: token, in: db) { throw NotShown.parked(stream: stream) }
    }
}
