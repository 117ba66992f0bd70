import Testing

@testable import Daybook

private enum MemberEvent: DomainEvent {
    case joined(contactEmail: String?, name: String?, note: String?, plan: String)
    case named(first: String, last: String, greeting: String, nickname: String, title: String, plan: String)
    case moved(city: String?, plan: String)

    static let schemaVersions = ["joined": 3, "named": 4, "moved": 2]
    static let personal: [String: Set<String>] = [
        "joined": ["contactEmail", "name", "note"], "named": ["first", "last", "greeting", "nickname", "title"],
        "moved": ["city"],
    ]
    static let upcasters: [Upcaster] = [
        .renamed(member: "email", to: "contactEmail", of: "joined", from: 1),
        .added(member: "note", with: .null, to: "joined", from: 2),
        .changed("named", from: 1, splitName),
        .added(member: "nickname", with: .text(""), to: "named", from: 2),
        .added(member: "title", with: .text("unknown"), to: "named", from: 3),
        .changed("moved", from: 1) { _ = $0.removeValue(forKey: "street") },
        .dropped("left", from: 1),
    ]

    @Sendable private static func splitName(_ data: inout [String: JSONData]) {
        guard case .text(let name)? = data.removeValue(forKey: "name") else { return }
        let words = name.split(separator: " ", maxSplits: 1)
        data["first"] = .text(words.first.map { String($0) } ?? "")
        data["last"] = .text(words.dropFirst().first.map { String($0) } ?? "")
        data["greeting"] = .text("Dear \(name)")
    }
}

private enum ClubEvent: IntegrationEvent {
    case welcomed(mail: String, level: String)
    case closed(mail: String)

    static let namespace = "club"
    static let schemaVersions = ["welcomed": 2]
    static let personal: [String: Set<String>] = ["welcomed": ["mail"]]
    static let upcasters: [Upcaster] = [.renamed(member: "address", to: "mail", of: "welcomed", from: 1)]
}

private struct Member: Aggregate {
    enum Command: Codable, Sendable { case join }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "member"

    func handle(_ command: Command) throws(Failure) -> [MemberEvent] { [] }
    mutating func apply(_ event: MemberEvent) {}
    static func published(_ event: MemberEvent) -> [ClubEvent] { [] }
}

private enum DoorEvent: DomainEvent {
    case opened
}

/// Of a domain that declares nothing personal.
private struct Door: Aggregate {
    enum Command: Codable, Sendable { case open }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "door"

    func handle(_ command: Command) throws(Failure) -> [DoorEvent] { [] }
    mutating func apply(_ event: DoorEvent) {}
}

@Suite struct `Personal data that stand in a store as they are` {
    private let key = PersonalKey(bytes: PersonalKey.random())
    private let ada = StreamName(stored: "member-ada")

    private func seal(_ json: String, _ members: Set<String>) throws -> [UInt8] {
        try SealedData.seal(Array(json.utf8), members: members, with: key, of: ada)
    }

    private func stored(_ type: String, _ schemaVersion: Int, _ data: [UInt8]) -> StoredEvent {
        StoredEvent(
            position: 1, id: .new(), stream: ada, version: 1, type: type, schemaVersion: schemaVersion,
            occurredAt: .now(), recordedAt: .now(), data: data, metadata: [], hash: .genesis)
    }

    private func isPlain(
        _ data: [UInt8], _ schemaVersion: Int, type: String = "joined", published: [NewEvent.Published] = []
    ) -> Bool {
        EventCodec<Member>().hasPlainPersonalData(stored(type, schemaVersion, data), published: published)
    }

    /// Data, their schema version, and what of them is sealed.
    @Test(
        arguments: [
            (#"{"contactEmail":"ada@example.com","name":"Ada","note":"x","plan":"free"}"#, 3, ["name", "note"], true),
            (#"{"contactEmail":"ada@example.com","plan":"free"}"#, 3, ["contactEmail"], false),
            (#"{"contactEmail":null,"name":null,"plan":"free"}"#, 3, [], false),
            // Under a name of an old schema.
            (#"{"email":"ada@example.com","name":"Ada","plan":"free"}"#, 1, ["email", "name"], false),
            (#"{"email":"ada@example.com","name":"Ada","plan":"free"}"#, 1, ["name"], true),
            (#"{"email":"ada@example.com","plan":"free"}"#, 1, [], true),
            // Of what came later there is nothing.
            (#"{"plan":"free"}"#, 1, [], false),
            // What cannot be read may be anything.
            (#"["ada@example.com"]"#, 1, [], true),
        ] as [(String, Int, Set<String>, Bool)])
    func `are found by what they become in the present schema`(
        data: String, schemaVersion: Int, sealed: Set<String>, isPlain: Bool
    ) throws {
        #expect(self.isPlain(try seal(data, sealed), schemaVersion) == isPlain)
    }

    @Test(
        arguments: [
            (#"{"name":"Ada Lovelace","plan":"free"}"#, 1, ["name"], false),
            (#"{"name":"Ada Lovelace","plan":"free"}"#, 1, [], true),
            (#"{"first":"Ada","last":"L","greeting":"Hi","plan":"free"}"#, 2, ["first", "last", "greeting"], false),
            (#"{"first":"Ada","last":"L","greeting":"Hi","plan":"free"}"#, 2, ["first", "greeting"], true),
            (
                #"{"first":"Ada","last":"L","greeting":"Hi","nickname":"A","plan":"free"}"#, 3,
                ["first", "last", "greeting", "nickname"], false
            ),
            (
                #"{"first":"Ada","last":"L","greeting":"Hi","nickname":"A","plan":"free"}"#, 3,
                ["first", "last", "greeting"], true
            ),
        ] as [(String, Int, Set<String>, Bool)])
    func `are not what upcasters fill in or make of what is forgotten`(
        data: String, schemaVersion: Int, sealed: Set<String>, isPlain: Bool
    ) throws {
        #expect(self.isPlain(try seal(data, sealed), schemaVersion, type: "named") == isPlain)
    }

    /// A type that was removed, one that is dropped, and one of which a member is dropped.
    @Test(
        arguments: [
            ("expelled", #"{"reason":"Ada was rude"}"#, [], true),
            ("expelled", #"{"reason":"Ada was rude"}"#, ["reason"], false),
            ("expelled", #"{"reason":"Ada was rude","by":"Eve"}"#, ["reason"], true),
            ("expelled", "{}", [], false),
            ("left", #"{"name":"Ada","plan":"free"}"#, [], true),
            ("left", #"{"name":"Ada","plan":"free"}"#, ["name"], false),
            ("left", "{}", [], false),
            ("moved", #"{"city":null,"street":"1 Dorset Street","plan":"free"}"#, [], true),
            ("moved", #"{"city":null,"street":"1 Dorset Street","plan":"free"}"#, ["street"], false),
            ("moved", #"{"city":null,"plan":"free"}"#, [], false),
        ] as [(String, String, Set<String>, Bool)])
    func `are found in what today's code does not read`(
        type: String, data: String, sealed: Set<String>, isPlain: Bool
    ) throws {
        #expect(self.isPlain(try seal(data, sealed), 1, type: type) == isPlain)
    }

    @Test func `are nowhere in a domain that declares none`() {
        let data = Array(#"{"by":"Ada"}"#.utf8)
        let entry = NewEvent.Published(type: "door.removed", schemaVersion: 1, data: data)
        let event = stored("removed", 1, data)
        #expect(!EventCodec<Door>().hasPlainPersonalData(event, published: [entry]))
    }

    @Test(
        arguments: [
            ("club.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 2, ["mail"], false),
            ("club.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 2, [], true),
            ("club.welcomed", #"{"address":"ada@example.com","level":"gold"}"#, 1, ["address"], false),
            ("club.welcomed", #"{"address":"ada@example.com","level":"gold"}"#, 1, [], true),
            ("club.closed", #"{"mail":"of the club"}"#, 1, [], false),
            // No type of today.
            ("club.left", #"{"mail":"ada@example.com"}"#, 1, ["mail"], false),
            ("club.left", #"{"mail":"ada@example.com"}"#, 1, [], true),
            ("club.left", "{}", 1, [], false),
            // No namespace of today.
            ("guild.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 1, ["mail"], false),
            ("guild.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 1, [], true),
            ("guild.welcomed", "{}", 1, [], false),
        ] as [(String, String, Int, Set<String>, Bool)])
    func `are found in what was published too`(
        type: String, data: String, schemaVersion: Int, sealed: Set<String>, isPlain: Bool
    ) throws {
        let entry = NewEvent.Published(type: type, schemaVersion: schemaVersion, data: try seal(data, sealed))
        #expect(self.isPlain(Array(#"{"plan":"free"}"#.utf8), 3, published: [entry]) == isPlain)
    }
}
