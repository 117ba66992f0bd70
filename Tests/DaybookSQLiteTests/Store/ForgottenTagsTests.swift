import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private typealias Tag = Daybook.Tag

private protocol TagVersion: Sendable { static var number: Int { get } }
private enum First: TagVersion { static let number = 1 }
private enum Second: TagVersion { static let number = 2 }

private enum OrderEvent: DomainEvent {
    case placed(invoice: String, email: String)
    static let personal: [String: Set<String>] = ["placed": ["email"]]
}

/// Each invoice number is that of one order, and so is each email; only the email is personal.
private struct Order<Version: TagVersion>: Aggregate {
    enum Command: Codable, Sendable { case place(invoice: String, email: String) }
    enum Failure: DomainFailure { case taken }

    static var category: StreamCategory { "order" }
    static var tagVersion: Int { Version.number }
    private(set) var tags: [String] = []

    func handle(_ command: Command) throws(Failure) -> [OrderEvent] {
        switch command {
        case .place(let invoice, let email): [.placed(invoice: invoice, email: email)]
        }
    }

    mutating func apply(_ event: OrderEvent) { tags += Self.tags(event).map(\.description) }

    /// The second version of this code finds emails by another name.
    static func tags(_ event: OrderEvent) -> [Tag] {
        switch event {
        case .placed(let invoice, let email): [Tag("invoice", invoice), Tag("email-\(Version.number)", email)]
        }
    }

    func holds(_ tag: Tag) -> Bool { tags.contains(tag.description) }

    static func taken(_ tag: Tag) -> Failure? { .taken }
}

@Suite struct `A rule across streams, after somebody was forgotten` {
    private func place<Version>(
        _ id: String, _ invoice: String, _ email: String, _ store: SQLiteEventStore, as order: Order<Version>.Type
    ) async throws -> Bool {
        let orders = Repository<Order<Version>>(store: store)
        return try await orders.execute(.place(invoice: invoice, email: email), on: id).refusal == nil
    }

    private func forget<Version>(
        _ id: String, _ store: SQLiteEventStore, as order: Order<Version>.Type
    ) async throws {
        let (stream, codec) = (try StreamName("order-\(id)"), EventCodec<Order<Version>>())
        try await store.beginForgetting(stream)
        _ = try await store.finishForgetting(
            stream, isPlain: { _, _ in false }, tags: { (try? codec.tags(ofForgotten: $0)) ?? [] })
    }

    private func entries(_ store: SQLiteEventStore) async throws -> Set<TagHash> {
        try await store.pool.read { db in
            Set(try TagIndex.entries(of: StreamName("order-a"), in: db).map(\.tag))
        }
    }

    /// - Parameter isPlain: Whether the event is from before the store had a key file.
    @Test(arguments: [false, true])
    func `holds what is not personal, and gives back what is, also when the index is made anew`(
        isPlain: Bool
    ) async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            do {
                let store = try SQLiteEventStore(
                    path: path("s.sqlite"), keys: isPlain ? nil : KeyRing(path: path("k.sqlite")))
                try await store.indexTags(of: Order<First>.self)
                #expect(try await place("a", "2026-1", "ada@example.com", store, as: Order<First>.self))
            }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await forget("a", store, as: Order<First>.self)
            #expect(try await !place("b", "2026-1", "bob@example.com", store, as: Order<First>.self))
            #expect(try await place("c", "2026-2", "ada@example.com", store, as: Order<First>.self))
            #expect(try await store.indexTags(of: Order<Second>.self) == 0)
            #expect(try await !place("d", "2026-1", "dan@example.com", store, as: Order<Second>.self))
            let email = try await Repository<Order<Second>>(store: store).holders(of: Tag("email-2", "ada@example.com"))
            #expect(email == ["c"])
            let personal = store.tags.key.hash(Tag("email-2", "ada@example.com"))
            #expect(try await !entries(store).contains(personal))
        }
    }

    @Test func `leaves nothing in an index that other code has made than what stands beside the events`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            try await store.indexTags(of: Order<First>.self)
            #expect(try await place("a", "2026-1", "ada@example.com", store, as: Order<First>.self))
            #expect(try await store.indexTags(of: Order<Second>.self) == 0)
            try await forget("a", store, as: Order<Second>.self)
            #expect(try await entries(store) == [store.tags.key.hash(Tag("invoice", "2026-1"))])
        }
    }

    /// The first version removed all tags of who was forgotten.
    @Test func `is in force again in a store that was written by the first version`() async throws {
        try await withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let store = try SQLiteEventStore(path: path("s.sqlite"), keys: KeyRing(path: path("k.sqlite")))
            func setFirstVersion() async throws {
                try await store.pool.write { db in
                    try db.execute(
                        sql: "UPDATE store SET value = substr(value, 1, length(value) - 2) WHERE key = 'tags:order'")
                }
            }
            try await store.indexTags(of: Order<First>.self)
            try await setFirstVersion()
            // Where nobody was forgotten nothing is to be done.
            #expect(try await store.indexTags(of: Order<First>.self) == nil)
            #expect(try await place("a", "2026-1", "ada@example.com", store, as: Order<First>.self))
            try await forget("a", store, as: Order<First>.self)
            try await store.pool.write { try $0.execute(sql: "DELETE FROM event_tags") }
            try await setFirstVersion()
            #expect(try await store.indexTags(of: Order<First>.self) == 0)
            #expect(try await !place("b", "2026-1", "bob@example.com", store, as: Order<First>.self))
        }
    }
}
