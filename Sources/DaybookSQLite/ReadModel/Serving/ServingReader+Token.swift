public import Daybook
import GRDB

/// Why a read model does not show what was written.
public enum NotShown: Error, Sendable, Equatable {
    /// It is not there yet: so many events of its partition are still to be posted before it is.
    case behind(lag: Int64)
    /// The event could not be posted, or waits behind one of its stream that could not.
    case parked(stream: String)
    /// The read model was made from another log of that source, or that log does not have the place.
    case otherLog
    /// The source's log is not the one any more that the read model was made from. What stands at the place may be
    /// something else.
    case stopped(reason: String)
}

extension ServingReader {
    /// Answers a query from rows that show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameter version: The version of the projection that the query belongs to.
    /// - Throws: ``NotShown``, ``NothingServes``, ``OtherVersionServes``, `DatabaseError`, what the query throws.
    public func answer(
        _ query: ReadModelQuery, _ parameters: QueryParameters, of version: Int, after token: WriteToken
    ) async throws -> [UInt8]? {
        try await read(of: version) { db in
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
