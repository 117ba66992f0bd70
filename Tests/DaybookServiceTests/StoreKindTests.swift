import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import DaybookWriter

private typealias Tag = Daybook.Tag

/// A store that is gone with the process, as the `main` of a writer could name it.
private struct InMemory: StoreKind {
    let store: InMemoryStore
    let folder: URL

    func settings(writer name: String) -> [Setting] {
        [Setting("memory.name", .string, default: "\(name) in memory", purpose: "what the store is called")]
    }

    func location(
        settings: some SettingValues, writer name: String, partitionCount: Int
    ) throws -> any StoreLocation {
        guard partitionCount == store.partitionCount else { throw StoreError("it has \(store.partitionCount)") }
        return Location(
            store: store, description: try settings.string("memory.name"),
            marksPath: folder.appending(path: "running").path)
    }

    private struct Location: StoreLocation {
        let store: InMemoryStore
        let description: String
        let marksPath: String
        var setting: String { "memory.name" }

        func quarantined() async throws -> [QuarantineRecord]? { try await store.quarantined() }

        func open() async throws -> any WriterStore { store }
    }
}

/// Somebody with a seat that nobody else may have, and with a name that is personal.
private struct Visitor: Aggregate {
    enum Event: DomainEvent {
        case arrived(name: String, seat: String)
        static let personal: [String: Set<String>] = ["arrived": ["name"]]
    }
    enum Command: Codable, Sendable { case arrive(name: String, seat: String) }
    enum Failure: DomainFailure { case taken }

    static let category: StreamCategory = "visitor"
    static let tagVersion = 1
    private(set) var seat: String?

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .arrive(let name, let seat): [.arrived(name: name, seat: seat)]
        }
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .arrived(_, let seat): self.seat = seat
        }
    }

    static func tags(_ event: Event) -> [Tag] {
        switch event {
        case .arrived(_, let seat): [Tag("seat", seat)]
        }
    }

    func holds(_ tag: Tag) -> Bool { tag.value == seat }

    static func taken(_ tag: Tag) -> Failure? { .taken }
}

@Suite struct `A writer on a store of another kind` {
    private func start(
        _ kind: InMemory, _ logger: Logger, _ environment: [String: String] = [:]
    ) async throws -> [any Service] {
        try await WriterDaemon.services(
            name: "visitors", aggregates: [CommandHandler(Visitor.self)], store: kind,
            settings: .load(
                WriterDaemon.settings(name: "visitors", store: kind), arguments: [], environment: environment,
                program: "visitors"),
            registry: PrometheusRegistry(), logger: logger)
    }

    private func arrive(_ id: String, _ seat: String, in store: InMemoryStore) async throws -> CommandAnswer {
        try await Repository<Visitor>(store: store).execute(.arrive(name: "Ada", seat: seat), on: id)
    }

    /// What a writer does before it takes commands: the index of tags, what was to be forgotten, notes of what runs.
    @Test func `begins as on any other`() async throws {
        try await withTemporaryFolder { folder in
            let (store, lines) = (InMemoryStore(hasKeys: true), Lines())
            #expect(try await arrive("ada", "A1", in: store).refusal == nil)
            #expect(try await arrive("bob", "A1", in: store).refusal?.code == "taken")
            try await store.beginForgetting(StreamName("visitor-ada"))
            let services = try await start(InMemory(store: store, folder: folder), lines.logger)
            #expect(services.contains(where: { $0 is AnswerRetention }))
            #expect(try await store.unfinishedForgettings() == [])
            #expect(lines.all.contains(where: { $0.text == "the index of tags was made" }))
            #expect(lines.all.contains(where: { $0.text == "forgotten, after it was interrupted" }))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["running"])
        }
    }

    @Test func `has the settings of its store, where those of SQLite would stand`() async throws {
        let kind = InMemory(store: InMemoryStore(), folder: FileManager.default.temporaryDirectory)
        let own = WriterDaemon.settings(name: "visitors", store: kind).map(\.key)
        let sqlite = WriterDaemon.settings(name: "visitors", store: .sqlite).map(\.key)
        #expect(own.filter { $0 != "memory.name" } == sqlite.filter { $0 != "store.path" && $0 != "keys.path" })
        #expect(own.firstIndex(of: "memory.name") == sqlite.firstIndex(of: "store.path"))
        await #expect(throws: StoreError.self) {
            try await start(kind, Lines().logger, ["DAYBOOK_PARTITIONS": "4"])
        }
    }
}
