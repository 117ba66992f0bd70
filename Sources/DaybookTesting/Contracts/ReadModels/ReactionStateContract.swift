public import Daybook
import Synchronization

/// The contract of every store of reactions' states, as one suite: run it against a kind of your own.
///
/// - Parameter makeStates: Makes a store in which no reaction has a state yet.
/// - Throws: ``Mismatch`` for the first promise that is not kept.
public func verifyReactionStateContract(_ makeStates: () throws -> any ReactionStateStore) async throws {
    try await ReactionStateContract.verify(makeStates)
}

/// Notes what it reacted to, and can be told to fail.
private struct ContractReaction: Reaction {
    final class Book: Sendable {
        enum Fault: Sendable { case nothing, faulty, away }

        private let state = Mutex((keys: [String](), fault: Fault.nothing))

        var keys: [String] { state.withLock { $0.keys } }

        func set(_ fault: Fault) { state.withLock { $0.fault = fault } }

        func note(_ event: ContractEvent, _ key: String) throws {
            try state.withLock { state in
                if state.fault == .away { throw NotNow("the mail server is away") }
                if state.fault == .faulty {
                    switch event {
                    case .noted(ContractEvent.poison), .forgotten: throw ContractFault()
                    case .noted: break
                    }
                }
                state.keys.append(key)
            }
        }
    }

    static let name = "contract-reaction"

    let book: Book

    func react(to event: ContractEvent, from entry: LogEntry, key: String) async throws { try book.note(event, key) }
}

private struct ReactionStateContract: PortContract {
    let store: any ReactionStateStore

    static var rules: [Rule] {
        [
            ("one process at a time reacts", { try await $0.excludes() }),
            ("a reaction begins where it is said", { try await $0.begins() }),
            ("each event is reacted to once, over processes too", { try await $0.reactsOnce() }),
            ("what cannot be done is parked, and done when it is told", { try await $0.parks() }),
            ("a parked event that is given up is not done", { try await $0.skips() }),
            ("what says that somebody is forgotten is not given up", { try await $0.keepsForgetting() }),
            ("what can only be done later waits", { try await $0.waits() }),
            ("a reaction goes on where it is moved to", { try await $0.moves() }),
            ("a pause and messages that could not be read are kept", { try await $0.keepsTheRest() }),
        ]
    }

    private var name: String { ContractReaction.name }

    /// The state as the next process has it.
    private func opened(_ book: ContractReaction.Book) async throws -> any ReactionState {
        for _ in 0..<400 {
            if let lock = try store.lock(name) {
                return try store.open(ContractReaction(book: book), lock: lock, timeout: .seconds(60))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Mismatch(expected: "a lock that was given back", found: "one that is held")
    }

    private func checkpoint(_ entry: LogEntry, _ log: ContractLog) -> [Lane: Checkpoint] {
        let lane = Lane(source: ContractLog.source, partition: entry.place.partition)
        return [lane: Checkpoint(epoch: log.ledger.epoch, offset: entry.offset, anchor: entry.anchor)]
    }

    func excludes() async throws {
        var lock = try store.lock(name)
        try expect(lock != nil, true)
        try expect(try store.lock(name) == nil, true)
        try expect(try store.lock("another-reaction") != nil, true)
        withExtendedLifetime(lock) {}
        lock = nil
        try expect(try store.lock(name) != nil, true)
    }

    func begins() async throws {
        let (book, log) = (ContractReaction.Book(), try ContractLog.notes(("1", "a"), ("1", "b")))
        let state = try await opened(book)
        try expect(try await state.isActivated(for: "writer"), false)
        let first = checkpoint(log.entries[0], log)
        try await state.activate(for: "writer", after: first)
        try expect(try await state.isActivated(for: "writer"), true)
        try expect(try await state.isActivated(for: "another"), false)
        try expect(try await state.checkpoints(), first)
        try await state.apply(log)
        try expect(book.keys, ["\(name)/writer/\(log.entries[1].id)"])
    }

    func reactsOnce() async throws {
        let book = ContractReaction.Book()
        var log = try ContractLog.notes(("1", "a"), ("2", "b"))
        do { try await opened(book).apply(log) }
        try log.add(.noted(text: "c"), to: StreamName("note-1"))
        do { try await opened(book).apply(log) }
        try expect(book.keys.count, 3)
        try expect(Set(book.keys), Set(log.entries.map { "\(name)/writer/\($0.id)" }))
        try expect(try store.progress(of: name).posted(of: ["writer"]), 3)
    }

    /// The second note of the first stream cannot be done, and one waits behind it.
    private func parked(_ book: ContractReaction.Book) async throws -> any ReactionState {
        book.set(.faulty)
        let state = try await opened(book)
        try await state.apply(try .notes(("1", "a"), ("1", ContractEvent.poison), ("1", "c"), ("2", "b")))
        try expect(book.keys.count, 2)
        try expect(try await state.parkedCount(), 2)
        try expect(try store.kept(by: name).parked, 2)
        return state
    }

    func parks() async throws {
        let book = ContractReaction.Book()
        let state = try await parked(book)
        try expect(try await state.parked(ParkedSelection()).parked.map(\.waiting), [1])
        let still = try await state.retryParked("note-1", of: "writer")
        try expect(still?.posted, 0)
        try expect(still?.reason?.contains("faulty"), true)
        book.set(.nothing)
        try expect(try await state.retryParked("note-1", of: "writer"), ParkedOutcome(stream: "note-1", posted: 2))
        try expect(try await state.retryParked("note-1", of: "writer"), nil)
        try expect(book.keys.count, 4)
        try expect(Set(book.keys).count, 4)
    }

    func skips() async throws {
        let book = ContractReaction.Book()
        let state = try await parked(book)
        try expect(try await state.skipParked("note-1", of: "writer"), ParkedOutcome(stream: "note-1", posted: 1))
        try expect(try await state.skipParked("note-1", of: "writer"), nil)
        try expect(book.keys.count, 3)
        try expect(try await state.parkedCount(), 0)
    }

    func keepsForgetting() async throws {
        let book = ContractReaction.Book()
        var log = try ContractLog.notes(("1", "a"))
        try log.add(.forgotten, to: StreamName("note-1"))
        book.set(.faulty)
        let state = try await opened(book)
        try await state.apply(log)
        try expect(try await state.parkedCount(), 1)
        try expect(try store.progress(of: name).hasPendingErasure, true)
        do {
            _ = try await state.skipParked("note-1", of: "writer")
            throw Mismatch(expected: "a refusal", found: "success")
        } catch is ForgettingNotSkipped {}
        book.set(.nothing)
        try expect(try await state.retryParked("note-1", of: "writer")?.posted, 1)
        try expect(try await state.erasePending(), true)
        try expect(try store.progress(of: name).hasPendingErasure, false)
    }

    func waits() async throws {
        let (book, log) = (ContractReaction.Book(), try ContractLog.notes(("1", "a")))
        let state = try await opened(book)
        book.set(.away)
        do {
            try await state.apply(log)
            throw Mismatch(expected: "a refusal", found: "success")
        } catch is NotNow {}
        try expect(try await state.checkpoints(), [:])
        try expect(try await state.parkedCount(), 0)
        book.set(.nothing)
        try await state.apply(log)
        try expect(book.keys.count, 1)
    }

    func moves() async throws {
        let (book, log) = (ContractReaction.Book(), try ContractLog.notes(("1", "a"), ("1", "b")))
        let state = try await opened(book)
        try await state.apply(log)
        try await state.move(to: checkpoint(log.entries[0], log))
        try await state.apply(log)
        try expect(book.keys, [0, 1, 1].map { "\(name)/writer/\(log.entries[$0].id)" })
    }

    func keepsTheRest() async throws {
        try expect(store.unreadableMessages(of: name) == nil, true)
        let state = try await opened(ContractReaction.Book())
        for isPaused in [true, false] {
            try store.setPaused(isPaused, of: name)
            try expect(store.isPaused(name), isPaused)
            try expect(store.isPaused("another-reaction"), false)
        }
        let message = UnreadableMessage(
            partition: Partition(0), reason: "it cannot be", raw: RawMessage(body: [], bodySize: 0) { "{}" })
        try await state.apply([], keeping: [message])
        try expect(try store.kept(by: name), KeptCounts(unreadable: 1))
        let kept = try await store.unreadableMessages(of: name)?.list().messages
        try expect(kept?.map(\.reason), ["it cannot be"])
        state.end()
        do {
            try await state.apply(try .notes(("1", "a")))
            throw Mismatch(expected: "nothing that is begun", found: "success")
        } catch is CancellationError {}
    }
}
