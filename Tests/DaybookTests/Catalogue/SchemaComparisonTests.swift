import Daybook
import Testing

/// The same aggregate over time: only its events are others.
private struct Guest<Event: DomainEvent, Published: IntegrationEvent>: Aggregate {
    enum Command: Codable, Sendable { case register(name: String) }
    enum Failure: DomainFailure { case no }

    static var category: StreamCategory { "guest" }

    func handle(_ command: Command) throws(Failure) -> [Event] { throw .no }
    mutating func apply(_ event: Event) {}
    static func published(_ event: Event) -> [Published] { [] }
}

private func described<Event>(_ example: Event) -> [EventDescription<Event>] {
    [EventDescription(example, "A guest has registered.", since: "1")]
}

private enum Committed: DomainEvent {
    case registered(name: String, age: Int)
    static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36)) }
}

/// What the events have become.
private enum Now {
    enum Same: DomainEvent {
        case registered(name: String, age: Int)
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Grace", age: 85)) }
    }
    enum Removed: DomainEvent {
        case registered(name: String)
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada")) }
    }
    enum Retyped: DomainEvent {
        case registered(name: String, age: String)
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: "36")) }
    }
    enum AddedOptional: DomainEvent {
        case registered(name: String, age: Int, nickname: String?)
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36, nickname: "A")) }
    }
    enum AddedRequired: DomainEvent {
        case registered(name: String, age: Int, room: Room)
        struct Room: Codable, Sendable { var number: Int }
        static var catalogue: [EventDescription<Self>] {
            described(.registered(name: "Ada", age: 36, room: Room(number: 7)))
        }
    }
    enum MadeOptional: DomainEvent {
        case registered(name: String, age: Int?)
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36)) }
    }
    enum Levelled: DomainEvent {
        case registered(level: Level)
        enum Level: String, Codable, Sendable { case gold, silver }
        static var catalogue: [EventDescription<Self>] { described(.registered(level: .gold)) }
    }
    enum WithoutLevel: DomainEvent {
        case registered(level: Level)
        enum Level: String, Codable, Sendable { case silver }
        static var catalogue: [EventDescription<Self>] { described(.registered(level: .silver)) }
    }
    enum AddedType: DomainEvent {
        case registered(name: String, age: Int)
        case left
        static var catalogue: [EventDescription<Self>] {
            described(.registered(name: "Ada", age: 36)) + described(.left)
        }
    }
    enum Gone: DomainEvent {
        case left
        static var catalogue: [EventDescription<Self>] { described(.left) }
    }
    enum Raised: DomainEvent {
        case registered(name: String)
        static let schemaVersions = ["registered": 2]
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada")) }
    }
    enum Brought: DomainEvent {
        case registered(fullName: String, age: Int)
        static let schemaVersions = ["registered": 2]
        static let upcasters: [Upcaster] = [.renamed(member: "name", to: "fullName", of: "registered", from: 1)]
        static var catalogue: [EventDescription<Self>] { described(.registered(fullName: "Ada", age: 36)) }
    }
    enum BroughtWrongly: DomainEvent {
        case registered(fullName: String, age: Int)
        static let schemaVersions = ["registered": 2]
        static let upcasters: [Upcaster] = [.renamed(member: "name", to: "fulName", of: "registered", from: 1)]
        static var catalogue: [EventDescription<Self>] { described(.registered(fullName: "Ada", age: 36)) }
    }
    enum BroughtTwice: DomainEvent {
        case registered(fullName: String, age: Int)
        static let schemaVersions = ["registered": 2]
        static let upcasters: [Upcaster] = [
            .renamed(member: "name", to: "fullName", of: "registered", from: 1),
            .added(member: "age", with: 0, to: "registered", from: 1),
        ]
        static var catalogue: [EventDescription<Self>] { described(.registered(fullName: "Ada", age: 36)) }
    }
    enum NotRaised: DomainEvent {
        case registered(fullName: String, age: Int)
        static let upcasters: [Upcaster] = [.renamed(member: "name", to: "fullName", of: "registered", from: 1)]
        static var catalogue: [EventDescription<Self>] { described(.registered(fullName: "Ada", age: 36)) }
    }
    enum Renamed: DomainEvent {
        case arrived(name: String, age: Int)
        static let upcasters: [Upcaster] = [.renamed(type: "registered", to: "arrived", from: 1)]
        static var catalogue: [EventDescription<Self>] { described(.arrived(name: "Ada", age: 36)) }
    }
    enum Dropped: DomainEvent {
        case left
        static let upcasters: [Upcaster] = [.dropped("registered", from: 1)]
        static var catalogue: [EventDescription<Self>] { described(.left) }
    }
}

/// What others are told, and have been told.
private enum Told {
    enum Before: IntegrationEvent {
        case registered(name: String, age: Int)
        static let namespace = "guest"
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36)) }
    }
    enum MadeOptional: IntegrationEvent {
        case registered(name: String, age: Int?)
        static let namespace = "guest"
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36)) }
    }
    enum Brought: IntegrationEvent {
        case registered(name: String)
        static let namespace = "guest"
        static let schemaVersions = ["registered": 2]
        static let upcasters: [Upcaster] = [
            .changed("registered", from: 1) { $0.removeValue(forKey: "age") }
        ]
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada")) }
    }
    enum Moved: IntegrationEvent {
        case registered(name: String, age: Int)
        static let namespace = "visitor"
        static var catalogue: [EventDescription<Self>] { described(.registered(name: "Ada", age: 36)) }
    }
}

@Suite struct `A comparison of schemas` {
    /// What has changed since the events were those of `Committed`.
    private func changes<Event: DomainEvent>(_ event: Event.Type) throws -> [SchemaChange] {
        let committed = try Catalogue(Guest<Committed, NoIntegrationEvents>.self)
        return try SchemaComparison(from: committed, to: Guest<Event, NoIntegrationEvents>.self).changes
    }

    private func published<Published: IntegrationEvent>(_ event: Published.Type) throws -> [SchemaChange] {
        let committed = try Catalogue(Guest<Committed, Told.Before>.self)
        return try SchemaComparison(from: committed, to: Guest<Committed, Published>.self).changes
    }

    @Test func `finds nothing where only the code is another`() throws {
        #expect(try changes(Committed.self).isEmpty)
        #expect(try changes(Now.Same.self) == [SchemaChange("event registered", "it is described in another way")])
    }

    @Test func `passes an added optional field and an added type`() throws {
        #expect(
            try changes(Now.AddedOptional.self)
                == [SchemaChange("event registered", field: "nickname", "is new and optional")])
        #expect(try changes(Now.AddedType.self) == [SchemaChange("event left", "it is new")])
        #expect(try changes(Now.MadeOptional.self).map(\.isBreaking) == [false])
    }

    @Test func `refuses a field that was removed, retyped, or is required from now on`() throws {
        let removed = try changes(Now.Removed.self)
        #expect(removed.map(\.description) == ["event registered: the field age was removed"])
        let retyped = try changes(Now.Retyped.self)
        #expect(retyped.map(\.description) == ["event registered: the field age was of type integer, is string"])
        // Named once, and not again for the number in it.
        let added = try changes(Now.AddedRequired.self)
        #expect(added.map(\.description) == ["event registered: the field room is new and required"])
        #expect((removed + retyped + added).allSatisfy { $0.isBreaking })
        let committed = try Catalogue(Guest<Now.MadeOptional, NoIntegrationEvents>.self)
        let required = try SchemaComparison(from: committed, to: Guest<Committed, NoIntegrationEvents>.self)
        #expect(required.isBreaking && required.changes.map(\.change) == ["was optional, is required"])
    }

    @Test func `refuses that a value is gone which the committed example has`() throws {
        let committed = try Catalogue(Guest<Now.Levelled, NoIntegrationEvents>.self)
        let changes = try SchemaComparison(from: committed, to: Guest<Now.WithoutLevel, NoIntegrationEvents>.self)
            .changes
        #expect(changes.map(\.isBreaking) == [true])
        #expect(changes.first?.change.contains("its committed example cannot be read") == true)
    }

    @Test func `passes anything that upcasters take to what the code reads`() throws {
        #expect(
            try changes(Now.Brought.self).map(\.description) == [
                "event registered: its schema version was raised from 1 to 2; upcasters take version 1"
            ])
        let renamed = try changes(Now.Renamed.self)
        #expect(renamed.map(\.subject) == ["event arrived", "event registered"])
        let dropped = try changes(Now.Dropped.self)
        #expect(dropped.map(\.subject) == ["event left", "event registered"])
        #expect((renamed + dropped).allSatisfy { !$0.isBreaking })
    }

    @Test func `refuses what no upcaster takes there`() throws {
        for (found, hint) in [
            (try changes(Now.Gone.self), "it is gone, and no upcaster takes version 1"),
            (try changes(Now.Raised.self), "raised from 1 to 2, and no upcaster takes version 1"),
            (try changes(Now.BroughtWrongly.self), "what upcasters make of version 1 cannot be read"),
        ] {
            let breaking = found.filter(\.isBreaking)
            #expect(breaking.map { $0.change.contains(hint) } == [true], "\(found)")
        }
        let later = try Catalogue(Guest<Now.Brought, NoIntegrationEvents>.self)
        let lowered = try SchemaComparison(from: later, to: Guest<Committed, NoIntegrationEvents>.self).changes
        #expect(lowered.map(\.description) == ["event registered: its schema version was lowered from 2 to 1"])
        #expect(lowered.allSatisfy { $0.isBreaking })
    }

    @Test func `cannot be made where an upcaster is never asked, or takes on what is written now`() {
        let twice = #expect(throws: CatalogueError.self) { try changes(Now.BroughtTwice.self) }
        #expect(twice?.description == "BroughtTwice has two upcasters for schema version 1 of registered")
        let same = #expect(throws: CatalogueError.self) { try changes(Now.NotRaised.self) }
        let reason = "NotRaised has an upcaster for schema version 1 of registered, and writes it in version 1"
        #expect(same?.description == "\(reason): raise that")
    }

    @Test func `refuses that others miss what was always published`() throws {
        #expect(try published(Told.Before.self).isEmpty)
        let optional = try published(Told.MadeOptional.self)
        #expect(
            optional.map(\.description) == [
                "published event guest.registered: the field age was required, is optional"
            ])
        #expect(optional.allSatisfy { $0.isBreaking })
        #expect(try published(Told.Brought.self).map(\.isBreaking) == [false])
        let moved = try published(Told.Moved.self)
        #expect(moved.map(\.subject) == ["published event guest.registered", "published event visitor.registered"])
        #expect(moved.map(\.isBreaking) == [true, false])
    }

    @Test func `refuses that commands are gone`() throws {
        var committed = try Catalogue(Guest<Committed, NoIntegrationEvents>.self)
        committed.commands = try Catalogue(Reception.self).commands
        let changes = try SchemaComparison(from: committed, to: Guest<Committed, NoIntegrationEvents>.self).changes
        #expect(changes.map(\.description) == ["command register: it is gone"])
        #expect(changes.allSatisfy { $0.isBreaking })
    }
}

/// An aggregate whose commands are described.
private struct Reception: Aggregate {
    enum Command: Codable, Sendable { case register(name: String) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "reception"
    static let commands = [CommandDescription(Command.register(name: "Ada"), "Registers a guest.")]

    func handle(_ command: Command) throws(Failure) -> [Committed] { [] }
    mutating func apply(_ event: Committed) {}
}
