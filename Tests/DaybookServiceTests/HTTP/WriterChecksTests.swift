import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import Logging
import TestSupport
import Testing

@testable import DaybookWriter

/// Has the category of parcels, too.
private struct Letter: Aggregate {
    enum Event: DomainEvent {
        case posted(String)

        static let catalogue = [EventDescription(Event.posted("a"), "A letter was posted.", since: "1")]
    }
    enum Command: Codable, Sendable { case post }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "parcel"

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

/// What a category may not be called.
private struct Shouted: Aggregate {
    enum Event: DomainEvent { case done }
    enum Command: Codable, Sendable { case run }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "Big Parcel"

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

private struct Hyphenated: Aggregate {
    enum Event: DomainEvent { case done }
    enum Command: Codable, Sendable { case run }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "small-parcel"

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

private struct Shadowing: Aggregate {
    enum Event: DomainEvent { case done }
    enum Command: Codable, Sendable { case run }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "events"

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

@Suite struct `A writer, before it starts` {
    private func problems(_ aggregates: CommandHandler...) -> String {
        do { try WriterDaemon.check(aggregates) } catch { return "\(error)" }
        return ""
    }

    @Test func `refuses two aggregates of one category, and names both`() {
        #expect(problems(CommandHandler(Parcel.self)) == "")
        let shared = problems(CommandHandler(Parcel.self), CommandHandler(Letter.self))
        #expect(shared.contains("Parcel and Letter have one category, “parcel”"))
    }

    @Test func `refuses to have no aggregates, or one whose category cannot be`() {
        #expect(problems().contains("needs an aggregate"))
        #expect(problems(CommandHandler(Shouted.self)).contains("Shouted: the category “Big Parcel” must be"))
        #expect(problems(CommandHandler(Hyphenated.self)).contains("Hyphenated: the category “small-parcel” must be"))
        #expect(problems(CommandHandler(Shadowing.self)).contains("Shadowing: the category “events” is the name"))
    }

    @Test func `leaves the names of all routes to them`() {
        #expect(
            WriterDaemon.reservedCategories == [
                "commands", "events", "head", "health", "log", "projections", "quarantine", "streams",
            ])
    }

    /// A store with an event of each type on each stream.
    private func withStore(
        _ events: [(stream: String, type: String)], _ body: (SQLiteEventStore, Lines) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            for (stream, type) in events {
                let event = NewEvent(
                    id: .new(), type: type, occurredAt: .now(), data: Array("{}".utf8), metadata: Array("{}".utf8))
                _ = try await store.append(
                    AppendRequest(stream: try StreamName(stream), expected: .any, events: [event]))
            }
            try await body(store, Lines())
        }
    }

    @Test func `refuses the store of another domain`() async throws {
        let parcels = [CommandHandler(Parcel.self)]
        try await withStore([("user-1", "created"), ("user_x-1", "created"), ("user-2", "created")]) { store, lines in
            let categories = try await store.categories()
            #expect(categories.map(\.description) == ["user", "user_x"])
            let error = await #expect(throws: ConfigurationError.self) {
                try await WriterDaemon.check(store, named: "store.path: s.sqlite", parcels, lines.logger)
            }
            #expect(error.map { "\($0)" }?.hasPrefix("store.path: s.sqlite is the store of another domain") == true)
        }
        try await withStore([]) { store, lines in
            try await WriterDaemon.check(store, named: "s.sqlite", parcels, lines.logger)
            #expect(lines.all.isEmpty)
        }
        try await withStore([("user-1", "created"), ("parcel-1", "lost")]) { store, lines in
            try await WriterDaemon.check(store, named: "s.sqlite", parcels, lines.logger)
            #expect(lines.all.map(\.level) == [.warning])
        }
    }

    @Test func `logs which stored type has no case any more`() async throws {
        try await withStore([("parcel-1", "lost"), ("parcel-1", "sent"), ("parcel-1", "mailed")]) { store, lines in
            try await WriterDaemon.check(store, named: "s.sqlite", [CommandHandler(Parcel.self)], lines.logger)
            #expect(lines.all.map(\.level) == [.error])
            #expect(lines.all.first?.text.contains("Upcaster.renamed") == true)
            let event = try #require(try await store.read(after: Position(rawValue: 2), limit: 1).first)
            let error = #expect(throws: CodecError.self) { try EventCodec<Parcel>().decode(event) }
            #expect(error?.reason.contains("no case has the key “mailed”: keep the key, or add Upcaster") == true)
        }
    }

    @Test func `logs such a type also where another category has one of that name`() async throws {
        let events = [("user-1", "mailed"), ("parcel-1", "sent"), ("parcel-1", "mailed"), ("user-1", "mailed")]
        try await withStore(events) { store, lines in
            try await WriterDaemon.check(store, named: "s.sqlite", [CommandHandler(Parcel.self)], lines.logger)
            #expect(lines.all.map(\.level) == [.warning, .error])
            #expect(try await store.typesInUse().map(\.stream.description) == ["user-1", "parcel-1", "parcel-1"])
        }
    }

    @Test func `warns of values without a label`() async throws {
        try await withStore([]) { store, lines in
            try await WriterDaemon.check(store, named: "s.sqlite", [CommandHandler(Letter.self)], lines.logger)
            #expect(lines.all.map(\.text) == ["a value of “posted” has no label: its name in JSON is _0"])
        }
    }
}
