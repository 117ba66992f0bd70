import Daybook
import DaybookTesting
import Testing

/// The projection that a contract asks for.
private struct Notes: InMemoryProjection {
    static let name = "contract"
    static let version = 1
    static let tables = [TableDescription(name: "notes", columns: ["id", "text"])]
    static let queries = [
        InMemoryQuery("notes/{id}") { parameters, tables -> [String: JSONData]? in
            guard let text = tables.row(parameters["id"] ?? "", in: "notes")?["text"] else { return nil }
            return ["text": text]
        }
    ]

    let isFaulty: Bool

    func apply(_ event: ContractEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        let id = entry.stream.id
        switch event {
        case .noted(let text):
            if isFaulty && text == ContractEvent.poison { throw ContractFault() }
            try tables.set(["id": .text(id), "text": .text(text)], at: id, in: "notes")
        case .forgotten: try tables.set(nil, at: id, in: "notes")
        }
    }
}

/// The same as its code will be next.
private struct NextNotes: InMemoryProjection {
    static let name = Notes.name
    static let version = 2
    static let tables = Notes.tables
    static let queries = Notes.queries

    let present: Notes

    func apply(_ event: ContractEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        try present.apply(event, from: entry, to: &tables)
    }
}

/// A projection that writes where nothing is.
private struct Astray: InMemoryProjection {
    static let name = "astray"
    static let version = 1
    static let tables = [TableDescription(name: "notes", columns: ["id"])]

    let row: InMemoryTables.Row
    let table: String

    func apply(_ event: ContractEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        try tables.set(row, at: entry.stream.id, in: table)
    }
}

@Suite struct `A read model in memory` {
    @Test func `keeps the contract of every read model`() async throws {
        try await verifyReadModelStoreContract {
            let generations = InMemoryGenerations()
            return { code in
                let notes = Notes(isFaulty: code.isFaulty)
                if code.version == 1 { return InMemoryReadModelStore(of: notes, in: generations) }
                return InMemoryReadModelStore(of: NextNotes(present: notes), in: generations)
            }
        }
    }

    @Test func `keeps the contract of the states of reactions`() async throws {
        try await verifyReactionStateContract { InMemoryReactionStates() }
    }

    @Test(arguments: [("nowhere", "id", "there is no table nowhere"), ("notes", "name", "has no column name")])
    func `has the tables and columns that were declared, and no others`(
        table: String, column: String, reason: String
    ) async throws {
        let projection = Astray(row: [column: "a"], table: table)
        let store = InMemoryReadModelStore(of: projection, in: InMemoryGenerations())
        try store.create(GenerationRecord(role: .building), skipping: [])
        let generation = try store.open(1)
        let log = InMemoryStore()
        let stream = try StreamName("note-1")
        let published = NewEvent.Published(
            type: "contract.noted", schemaVersion: 1, data: Array(#"{"text":"a"}"#.utf8))
        let event = NewEvent(
            id: .new(), type: "noted", occurredAt: .now(), data: published.data, metadata: Array("{}".utf8),
            published: [published])
        _ = try await log.append(AppendRequest(stream: stream, expected: .any, events: [event]))
        let lane = Lane(source: "writer", partition: .of(stream, among: 8))
        let slice = try await log.slice(lane.partition, after: .zero, limit: 10, maximumBytes: .max)
        _ = try await generation.replay(slice.entries, of: lane, slice.epoch, after: nil)
        #expect(try await generation.failures()?.reason.contains(reason) == true)
    }
}
