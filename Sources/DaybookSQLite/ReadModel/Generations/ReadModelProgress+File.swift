import Daybook
import GRDB

extension ReadModelProgress {
    /// Looks into a file, in a transaction: otherwise something may be posted between the one and the other.
    init(in db: Database) throws {
        self.init(
            checkpoints: try ReadModelSchema.checkpoints(in: db),
            hasPendingErasure: try PendingErasureNotes.exist(in: db) || ParkedEvents.holdForgetting(in: db))
    }
}

extension KeptCounts {
    /// Counts in a file that may be of an earlier version of this code.
    init(in db: Database) throws {
        self.init(
            parked: try db.tableExists("parked_events") ? ParkedEvents.count(in: db) : 0,
            unreadable: try UnreadableMessages.count(in: db),
            unreadableDropped: try UnreadableMessages.dropped(in: db))
    }
}
