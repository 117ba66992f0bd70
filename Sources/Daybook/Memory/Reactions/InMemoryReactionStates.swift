import Synchronization

/// The states of reactions in memory. Every worker that is given them shares them, and they are gone with the object.
public final class InMemoryReactionStates: ReactionStateStore {
    private let records = Mutex<[String: ReactionRecord]>([:])
    private let paused = Mutex<Set<String>>([])
    private let locks = InMemoryLocks<String>()

    public init() {}

    func record(of name: String) -> ReactionRecord { records.withLock { $0[name] ?? ReactionRecord() } }

    /// Changes the record of a reaction, or nothing of it when `body` throws.
    func change<Value: Sendable>(
        _ name: String, _ body: (inout ReactionRecord) throws -> Value
    ) throws -> Value {
        try records.withLock { records in
            var record = records[name] ?? ReactionRecord()
            let value = try body(&record)
            records[name] = record
            return value
        }
    }

    public func lock(_ name: String) throws -> GenerationLock? { locks.take(name) }

    public func open(_ reaction: some Reaction, lock: GenerationLock, timeout: Duration) throws -> any ReactionState {
        InMemoryReactionState(reaction, in: self, lock: lock, timeout: timeout)
    }

    public func progress(of name: String) throws -> ReadModelProgress { record(of: name).progress }

    public func kept(by name: String) throws -> KeptCounts { record(of: name).kept }

    public func unreadableMessages(of name: String) -> (any UnreadableMessageStore)? {
        guard records.withLock({ $0[name] != nil }) else { return nil }
        return Messages(states: self, name: name)
    }

    public func isPaused(_ name: String) -> Bool { paused.withLock { $0.contains(name) } }

    public func setPaused(_ isPaused: Bool, of name: String) throws {
        paused.withLock { paused in
            paused.remove(name)
            if isPaused { paused.insert(name) }
        }
    }

    private struct Messages: UnreadableMessageStore {
        let states: InMemoryReactionStates
        let name: String

        func list() async throws -> (messages: [KeptMessage], dropped: Int) {
            let list = states.record(of: name).unreadable
            return (list.messages, list.dropped)
        }

        func message(_ id: Int64) async throws -> KeptMessage? { states.record(of: name).unreadable.message(id) }

        func drop(_ id: Int64?) async throws -> Int { try states.change(name) { $0.unreadable.drop(id) } }
    }
}
