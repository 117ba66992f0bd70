import Daybook
import GRDB
import Synchronization

/// The excluded events of a generation, as this process knows them.
final class KnownExcludedEvents: Sendable {
    private struct State {
        var excluded: ExcludedEvents
        /// What the connection that writes has last seen of changes by others.
        var dataVersion: Int64?
    }

    private let state: Mutex<State>
    /// For those who decode: they ask about each event, from several threads at once.
    private let haveSuspects: Atomic<Bool>

    init(_ excluded: ExcludedEvents) {
        state = Mutex(State(excluded: excluded))
        haveSuspects = Atomic(excluded.haveSuspects)
    }

    /// `true` when processes have ended at an event.
    func haveSuspect(_ entry: LogEntry) -> Bool {
        haveSuspects.load(ordering: .relaxed) && state.withLock { $0.excluded.isSuspect(entry) }
    }

    /// What is so in the transaction at hand. Another worker may have noted an event meanwhile, for a generation that is
    /// fed here.
    func current(in db: Database) throws -> ExcludedEvents {
        let version = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version"))
        let known = state.withLock { $0.dataVersion == version ? $0.excluded : nil }
        if let known { return known }
        let fresh = try ExcludedEvents(in: db)
        replace(with: fresh)
        // Only now: what could not be read is read the next time.
        state.withLock { $0.dataVersion = version }
        return fresh
    }

    func replace(with fresh: ExcludedEvents) {
        state.withLock { $0.excluded = fresh }
        haveSuspects.store(fresh.haveSuspects, ordering: .relaxed)
    }
}
