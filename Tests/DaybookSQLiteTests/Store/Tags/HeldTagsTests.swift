import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private typealias Tag = Daybook.Tag

private protocol TagVersion: Sendable { static var number: Int { get } }
private enum None: TagVersion { static let number = 0 }
private enum First: TagVersion { static let number = 1 }
private enum Second: TagVersion { static let number = 2 }

private enum SeatEvent: DomainEvent { case reserved(seat: String) }

/// Each seat is that of one guest.
private struct Guest<Version: TagVersion>: Aggregate {
    enum Command: Codable, Sendable { case reserve(seat: String) }
    enum Failure: DomainFailure { case taken }

    static var category: StreamCategory { "guest" }
    static var tagVersion: Int { Version.number }
    private(set) var tags: [String] = []

    func handle(_ command: Command) throws(Failure) -> [SeatEvent] {
        switch command {
        case .reserve(let seat): [.reserved(seat: seat)]
        }
    }

    mutating func apply(_ event: SeatEvent) { tags += Self.tags(event).map(\.description) }

    /// The second version of this code has one tag more.
    static func tags(_ event: SeatEvent) -> [Tag] {
        guard Version.number > 0, case .reserved(let seat) = event else { return [] }
        return [Tag("seat", seat)] + (Version.number > 1 ? [Tag("row", String(seat.prefix(1)))] : [])
    }

    func holds(_ tag: Tag) -> Bool { tags.contains(tag.description) }

    static func taken(_ tag: Tag) -> Failure? { tag.name == "seat" ? .taken : nil }
}

@Suite struct `A rule across streams, while one is in quarantine` {
    private func reserve<Version>(
        _ seat: String, for id: String, in store: SQLiteEventStore, as guest: Guest<Version>.Type,
        _ marks: (any CodeMarks)? = nil
    ) async throws -> Bool {
        let guests = Repository<Guest<Version>>(store: store, marks: marks)
        return try await guests.execute(.reserve(seat: seat), on: id).refusal == nil
    }

    private func quarantine(_ id: String, in store: SQLiteEventStore) async throws -> Quarantine {
        let convicted = Quarantine.Conviction(work: .stored(try StreamName("guest-\(id)"), .zero), signal: SIGILL)
        return try await Quarantine(
            of: store, convicted: [convicted], marks: "\(store.path).running", program: { "one" }, bodyLimit: 100)
    }

    private func positions(_ name: String, _ value: String, _ store: SQLiteEventStore) async throws -> [Position] {
        try await store.read(.tagged(Tag(name, value), in: "guest"), after: .zero, limit: 10).map(\.position)
    }

    private func withStore(_ body: (SQLiteEventStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await body(try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path))
        }
    }

    @Test func `is held when the index is made again, by the tags that the stream was appended with`() async throws {
        try await withStore { store in
            try await store.indexTags(of: Guest<First>.self)
            #expect(try await reserve("A1", for: "ada", in: store, as: Guest<First>.self))
            // As when the making of the index was what ended the process: the one before is gone by then.
            try await store.pool.write { db in
                try store.tags.settle(in: db)
                try db.execute(sql: "DELETE FROM event_tags")
            }
            let marks = try await quarantine("ada", in: store)
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: marks) == 1)
            await #expect(throws: Quarantined(stream: try StreamName("guest-ada"))) {
                try await reserve("A1", for: "bob", in: store, as: Guest<Second>.self, marks)
            }
            #expect(try await reserve("A2", for: "bob", in: store, as: Guest<Second>.self, marks))
        }
    }

    @Test func `is held by the index before, where the stream was appended by code without tags`() async throws {
        try await withStore { store in
            #expect(try await reserve("A1", for: "ada", in: store, as: Guest<None>.self))
            #expect(try await store.indexTags(of: Guest<First>.self) == 0)
            let marks = try await quarantine("ada", in: store)
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: marks) == 1)
            #expect(try await positions("seat", "A1", store) == [1])
        }
    }

    @Test func `is held by an event that today's code cannot read`() async throws {
        try await withStore { store in
            try await store.indexTags(of: Guest<First>.self)
            let event = NewEvent(
                id: .new(), type: "lost", occurredAt: .now(), data: Array("{}".utf8), metadata: [],
                tags: [Tag("seat", "A1")])
            _ = try await store.append(
                AppendRequest(stream: try StreamName("guest-ada"), expected: .any, events: [event]))
            #expect(try await store.indexTags(of: Guest<Second>.self) == 1)
            #expect(try await positions("seat", "A1", store) == [1])
        }
    }

    @Test func `costs one index, which gets the stream's tags when it can be read again`() async throws {
        try await withStore { store in
            try await store.indexTags(of: Guest<First>.self)
            #expect(try await reserve("A1", for: "ada", in: store, as: Guest<First>.self))
            #expect(try await reserve("B1", for: "bob", in: store, as: Guest<First>.self))
            let marks = try await quarantine("ada", in: store)
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: marks) == 1)
            #expect(try await positions("row", "A", store) == [])
            #expect(try await positions("row", "B", store) == [2])
            // Another start in which it is still there makes nothing again.
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: marks) == nil)
            let mended = try await Quarantine(
                of: store, tried: [.stored(StreamName("guest-ada"), .zero)], convicted: [],
                marks: "\(store.path).running", program: { "two" }, bodyLimit: 100)
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: mended) == 0)
            #expect(try await positions("row", "A", store) == [1])
            #expect(try await store.indexTags(of: Guest<Second>.self, marks: mended) == nil)
        }
    }

    /// What it leaves behind is in no index: the next code that has tags reads all of it.
    @Test func `is found again in what code without tags has appended meanwhile`() async throws {
        try await withStore { store in
            try await store.indexTags(of: Guest<First>.self)
            #expect(try await store.indexTags(of: Guest<None>.self) == nil)
            #expect(try await reserve("A1", for: "ada", in: store, as: Guest<None>.self))
            #expect(try await store.indexTags(of: Guest<First>.self) == 0)
            #expect(try await !reserve("A1", for: "bob", in: store, as: Guest<First>.self))
        }
    }
}
