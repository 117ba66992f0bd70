public import Daybook
import GRDB

/// Why a read model does not show what was written.
public enum NotShown: Error, Sendable, Equatable {
    /// It is not there yet: so many events of its partition are still to be posted before it is.
    case behind(lag: Int64)
    /// The event could not be posted, or waits behind one of its stream that could not.
    case parked(stream: String)
    /// The read model was made from another log of that source.
    case otherLog
}

extension ServingReader {
    /// Answers a query from rows that show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameters:
    ///   - version: The version of the projection that the query belongs to.
    ///   - patience: How long it waits for that.
    /// - Throws: ``NotShown`` when it has waited long enough, or waiting is of no use; ``NothingServes``,
    ///   ``OtherVersionServes``.
    public func answer(
        _ query: ReadModelQuery, _ parameters: QueryParameters, of version: Int, after token: WriteToken,
        patience: Duration
    ) async throws -> [UInt8]? {
        let deadline = ContinuousClock.now + patience
        var pause = Duration.milliseconds(1)
        while true {
            do {
                return try await read(of: version) { db in
                    try Self.check(token, in: db)
                    return try query.body(parameters, db)
                }
            } catch NotShown.behind(let lag) {
                guard ContinuousClock.now < deadline else { throw NotShown.behind(lag: lag) }
                // Whoever posts may be another process, which tells nobody.
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(20))
            }
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
