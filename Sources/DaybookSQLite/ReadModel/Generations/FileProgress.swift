public import Daybook
import GRDB

/// How far the file of a generation or a reaction is, and whether it is rid of what was forgotten up to there: both as
/// one look has seen them.
public struct FileProgress: Sendable {
    /// The last event that was posted, or reacted to, in each lane.
    public let checkpoints: [Lane: Checkpoint]
    /// Whether the file may still have something of what was forgotten: it could not be erased yet, or the event that
    /// says so is parked.
    public let hasRemains: Bool

    /// Of a file that is not there yet.
    static let nothing = FileProgress(checkpoints: [:], hasRemains: false)

    /// How many events of these writers are posted, or reacted to.
    public func posted(of sources: [Source]) -> Int64 {
        checkpoints.filter { sources.contains($0.key.source) }.map(\.value.offset.rawValue).cappedSum
    }
}

/// How much the file of a generation or a reaction has set aside.
public struct KeptCounts: Sendable {
    /// Events that could not be posted, or reacted to, and those that wait behind them.
    public let parked: Int
    /// Messages that could not be read.
    public let unreadable: Int
    /// Messages that could not be read, and were dropped because there were too many.
    public let unreadableDropped: Int

    /// Of a file that is not there yet.
    static let nothing = KeptCounts(parked: 0, unreadable: 0, unreadableDropped: 0)
}

extension KeptCounts {
    /// Counts in a file that may be of an earlier version of this code.
    init(in db: Database) throws {
        parked = try db.tableExists("parked_events") ? ParkedEvents.count(in: db) : 0
        unreadable = try UnreadableMessages.count(in: db)
        unreadableDropped = try UnreadableMessages.dropped(in: db)
    }
}

extension FileProgress {
    /// Looks into a file, in a transaction: otherwise something may be posted between the one and the other.
    init(in db: Database) throws {
        self.init(
            checkpoints: try ReadModelSchema.checkpoints(in: db),
            hasRemains: try Remains.areThere(in: db) || ParkedEvents.holdForgetting(in: db))
    }
}
