import Daybook
import DaybookTesting
import Testing

/// The projection that a contract asks for, without faults.
private struct Notes: InMemoryProjection {
    static let name = "contract"
    static let version = 1
    static let tables = [TableDescription(name: "notes", columns: ["id", "text"])]

    func apply(_ event: ContractEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        switch event {
        case .noted(let text):
            try tables.set(["id": .text(entry.stream.id), "text": .text(text)], at: entry.stream.id, in: "notes")
        case .forgotten: try tables.set(nil, at: entry.stream.id, in: "notes")
        }
    }
}

/// Forgets its states between two looks.
private struct Forgetful: ReactionStateStore {
    private var states: InMemoryReactionStates { InMemoryReactionStates() }

    func lock(_ name: String) throws -> GenerationLock? { try states.lock(name) }

    func open(_ reaction: some Reaction, lock: GenerationLock, timeout: Duration) throws -> any ReactionState {
        try states.open(reaction, lock: lock, timeout: timeout)
    }

    func progress(of name: String) throws -> ReadModelProgress { try states.progress(of: name) }

    func kept(by name: String) throws -> KeptCounts { try states.kept(by: name) }

    func unreadableMessages(of name: String) -> (any UnreadableMessageStore)? { states.unreadableMessages(of: name) }

    func isPaused(_ name: String) -> Bool { states.isPaused(name) }

    func setPaused(_ isPaused: Bool, of name: String) throws { try states.setPaused(isPaused, of: name) }
}

@Suite struct `The contract of a read model` {
    @Test func `names the first rule that is not kept`() async {
        let mismatch = await #expect(throws: Mismatch.self) {
            try await verifyReadModelStoreContract {
                // Workers that do not see each other's generations.
                return { _ in InMemoryReadModelStore(of: Notes(), in: InMemoryGenerations()) }
            }
        }
        #expect(mismatch?.subject == "a generation is what it was made as, for every worker")
    }

    @Test func `finds code that knows no other version`() async {
        let mismatch = await #expect(throws: Mismatch.self) {
            try await verifyReadModelStoreContract {
                let generations = InMemoryGenerations()
                return { _ in InMemoryReadModelStore(of: Notes(), in: generations) }
            }
        }
        #expect(mismatch?.subject == "a generation is opened by the code of its version only")
    }

    @Test func `has a part for the states of reactions`() async {
        let mismatch = await #expect(throws: Mismatch.self) { try await verifyReactionStateContract { Forgetful() } }
        #expect(mismatch?.subject == "one process at a time reacts")
    }
}
