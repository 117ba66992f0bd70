import Testing

@testable import Daybook

private enum MemberEvent: DomainEvent {
    case joined(contactEmail: String?, name: String?, note: String?, plan: String)

    static let schemaVersions = ["joined": 3]
    static let personal: [String: Set<String>] = ["joined": ["contactEmail", "name", "note"]]
    static let upcasters: [Upcaster] = [
        .renamed(member: "email", to: "contactEmail", of: "joined", from: 1),
        .added(member: "note", with: .null, to: "joined", from: 2),
    ]
}

private enum ClubEvent: IntegrationEvent {
    case welcomed(mail: String, level: String)

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

@Suite struct `Personal data that stand in a store as they are` {
    private let key = PersonalKey(bytes: PersonalKey.random())
    private let ada = StreamName(stored: "member-ada")

    private func seal(_ json: String, _ members: Set<String>) throws -> [UInt8] {
        try SealedData.seal(Array(json.utf8), members: members, with: key, of: ada)
    }

    private func isPlain(_ data: [UInt8], _ schemaVersion: Int, published: [NewEvent.Published] = []) -> Bool {
        let event = StoredEvent(
            position: 1, id: .new(), stream: ada, version: 1, type: "joined", schemaVersion: schemaVersion,
            occurredAt: .now(), recordedAt: .now(), data: data, metadata: [], hash: .genesis)
        return EventCodec<Member>().hasPlainPersonalData(event, published: published)
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
            ("club.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 2, ["mail"], false),
            ("club.welcomed", #"{"mail":"ada@example.com","level":"gold"}"#, 2, [], true),
            ("club.welcomed", #"{"address":"ada@example.com","level":"gold"}"#, 1, ["address"], false),
            ("club.welcomed", #"{"address":"ada@example.com","level":"gold"}"#, 1, [], true),
            ("club.left", #"{"mail":"of the club"}"#, 1, [], false),
        ] as [(String, String, Int, Set<String>, Bool)])
    func `are found in what was published too`(
        type: String, data: String, schemaVersion: Int, sealed: Set<String>, isPlain: Bool
    ) throws {
        let entry = NewEvent.Published(type: type, schemaVersion: schemaVersion, data: try seal(data, sealed))
        #expect(self.isPlain(Array(#"{"plan":"free"}"#.utf8), 3, published: [entry]) == isPlain)
    }
}
