import Daybook
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookSQLite

private enum GuestEvent: DomainEvent {
    case arrived(name: String)
    static let personal: [String: Set<String>] = ["arrived": ["name"]]
}

private enum PublishedGuest: IntegrationEvent {
    case arrived(name: String)
    static let namespace = "guest"
    static let personal: [String: Set<String>] = ["arrived": ["name"]]
}

/// Of a domain that says nothing when somebody is forgotten.
private struct Guest: Aggregate {
    enum Command: Codable, Sendable { case arrive(name: String) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "guest"

    func handle(_ command: Command) throws(Failure) -> [GuestEvent] {
        switch command {
        case .arrive(let name): [.arrived(name: name)]
        }
    }

    mutating func apply(_ event: GuestEvent) {}

    static func published(_ event: GuestEvent) -> [PublishedGuest] {
        switch event {
        case .arrived(let name): [.arrived(name: name)]
        }
    }
}

@Suite struct `What a store has of a subject that was forgotten` {
    private func withStore(_ body: (SQLiteEventStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            try await body(SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite"))))
        }
    }

    private func finishForgetting(
        _ stream: StreamName, _ store: SQLiteEventStore
    ) async throws -> (report: ForgettingReport, place: LogPlace?) {
        let codec = EventCodec<User>()
        return try await store.finishForgetting(
            stream, isPlain: { codec.hasPlainPersonalData($0, published: $1) },
            tags: { (try? codec.tags(ofForgotten: $0)) ?? [] })
    }

    private func event(_ type: String, _ data: String = "{}", publishing entries: NewEvent.Published...) -> NewEvent {
        NewEvent(
            id: .new(), type: type, occurredAt: .now(), data: Array(data.utf8), metadata: [], published: entries)
    }

    private func entry(_ type: String, _ data: String = "{}", personal: Set<String> = []) -> NewEvent.Published {
        NewEvent.Published(type: type, schemaVersion: 1, data: Array(data.utf8), personal: personal)
    }

    /// What of the integration event was declared personal when it was published, and how many events count as plain.
    @Test(arguments: [(["email", "name"], 0), (["name"], 1), ([], 1)] as [(Set<String>, Int)])
    func `is plain where it was published so, whatever its event shows`(personal: Set<String>, plain: Int) async throws
    {
        try await withStore { store in
            let ada = try StreamName("user-ada")
            let created = event(
                "imported", publishing: entry("user.imported"),
                entry("user.created", #"{"email":"ada@example.com","name":"Ada"}"#, personal: personal))
            _ = try await store.append(AppendRequest(stream: ada, expected: .noStream, events: [created]))
            try await store.beginForgetting(ada)
            let (report, _) = try await finishForgetting(ada, store)
            #expect(report == ForgettingReport(unreadableEvents: 1 - plain, plainEvents: plain, isLogEmptied: true))
        }
    }

    /// What was declared personal when it was stored, and how many events count as plain.
    @Test(arguments: [(["note"], 0), ([], 2)] as [(Set<String>, Int)])
    func `is plain where today's code does not know it and nothing is sealed`(
        personal: Set<String>, plain: Int
    ) async throws {
        try await withStore { store in
            let ada = try StreamName("user-ada")
            let note = #"{"note":"of Ada"}"#
            var removed = event("noted", note)
            removed.personal = personal
            let renamed = event("deactivated", publishing: entry("club.noted", note, personal: personal))
            _ = try await store.append(AppendRequest(stream: ada, expected: .noStream, events: [removed, renamed]))
            try await store.beginForgetting(ada)
            let (report, _) = try await finishForgetting(ada, store)
            #expect(report == ForgettingReport(unreadableEvents: 2 - plain, plainEvents: plain, isLogEmptied: true))
        }
    }

    @Test(arguments: ["user.forgotten", "club.forgotten"])
    func `is followed from where its log says that it is forgotten`(type: String) async throws {
        try await withStore { store in
            let (ada, eve) = (try StreamName("user-ada"), try StreamName("user-eve"))
            for stream in [eve, ada, eve] {
                let events = [
                    event("deactivated", publishing: entry("user.deactivated")),
                    event("forgotten", publishing: entry(type)),
                    event("deactivated", publishing: entry("user.deactivated")),
                ]
                _ = try await store.append(AppendRequest(stream: stream, expected: .any, events: events))
            }
            let partition = Partition.of(ada, among: store.partitionCount)
            let log = try await store.slice(partition, after: .zero, limit: 100, maximumBytes: .max).entries
            let expected = try #require(log.last(where: { $0.stream == ada && $0.isForgetting }))
            let (_, place) = try await finishForgetting(ada, store)
            #expect(place == expected.place && expected.type == type)
        }
    }

    /// What a command left behind is searched for in all files of the store, byte by byte.
    @Test func `is in no file, unless a reader holds the write-ahead log, which is said`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            func found() throws -> [String] {
                let contents = try ["s.sqlite", "s.sqlite-wal"].map { try Data(contentsOf: URL(filePath: path($0))) }
                return ["key-of-ada", "state-of-ada", "key-of-eve", "state-of-eve"].filter { text in
                    contents.contains { $0.range(of: Data(text.utf8)) != nil }
                }
            }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            for name in ["ada", "eve"] {
                let stream = try StreamName("user-\(name)")
                let record = IdempotencyRecord(actor: "", route: "r", key: "key-of-\(name)", requestHash: [1])
                _ = try await store.append(
                    AppendRequest(stream: stream, expected: .noStream, events: [event("kept")], idempotency: record))
                // From before there was a key file.
                let state = Array(#"{"name":"state-of-\#(name)"}"#.utf8)
                try await store.keep(Snapshot(stream: stream, version: 1, schemaVersion: 1, state: state))
            }
            #expect(try found().count == 4)
            let ada = try StreamName("user-ada")
            try await store.beginForgetting(ada)
            let reader = try LongReader(path("s.sqlite"), table: "events")
            #expect(try await !finishForgetting(ada, store).report.isLogEmptied)
            #expect(try await store.unfinishedForgettings() == [ada])
            try reader.end()
            #expect(try await finishForgetting(ada, store).report.isLogEmptied)
            #expect(try await store.unfinishedForgettings() == [])
            #expect(try found() == ["key-of-eve", "state-of-eve"])
        }
    }

    /// The answers that are found beside the commits are not all: a command may add one before they are removed.
    @Test func `has no answer to a command that ran meanwhile`() async throws {
        try await withStore { store in
            let ada = try StreamName("user-ada")
            func record(_ key: String) -> IdempotencyRecord {
                IdempotencyRecord(actor: "", route: "r", key: key, requestHash: [1])
            }
            let request = AppendRequest(
                stream: ada, expected: .noStream, events: [event("kept")], idempotency: record("first"))
            _ = try await store.append(request)
            try await store.keep(Snapshot(stream: ada, version: 1, schemaVersion: 1, state: Array("{}".utf8)))
            // The first thing that the removal does brings in what a commit just before it would have brought.
            try await store.pool.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER late AFTER DELETE ON snapshots BEGIN
                            INSERT INTO idempotency_keys SELECT 'late', request_hash, answer, recorded_at
                            FROM idempotency_keys LIMIT 1;
                        END
                        """)
            }
            try await store.beginForgetting(ada)
            _ = try await finishForgetting(ada, store)
            let (snapshots, answers) = try await store.pool.read { db in
                (
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM snapshots"),
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM idempotency_keys")
                )
            }
            #expect(snapshots == 0 && answers == 0)
        }
    }

    @Test func `is followed from nowhere where its domain does not say that it is forgotten`() async throws {
        try await withStore { store in
            let guests = Repository<Guest>(store: store)
            let ada = try StreamName("guest-ada")
            try await guests.execute(.arrive(name: "Ada"), on: "ada")
            try await store.beginForgetting(ada)
            try await guests.execute(on: "ada") { $0.forgetting() }
            let codec = EventCodec<Guest>()
            let (report, place) = try await store.finishForgetting(
                ada, isPlain: { codec.hasPlainPersonalData($0, published: $1) },
                tags: { (try? codec.tags(ofForgotten: $0)) ?? [] })
            #expect(report == ForgettingReport(unreadableEvents: 1, plainEvents: 0, isLogEmptied: true))
            #expect(place == nil)
        }
    }
}
