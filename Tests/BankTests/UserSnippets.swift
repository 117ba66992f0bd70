import Daybook
import DaybookTesting
import Testing

// The testing library has one too.
private typealias Tag = Daybook.Tag

// What the articles show of users and of seats, see `The code in the documentation`.

private enum UserEvent: DomainEvent, Equatable {
    case created(contactEmail: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    case deactivated

    static let schemaVersions = ["created": 2]
    static let upcasters: [Upcaster] = [
        .renamed(member: "email", to: "contactEmail", of: "created", from: 1)
    ]
}

enum EmailAddress {
    static func normalForm(of email: String) -> String { email.lowercased() }
}

extension UserEvent {
    static let personal: [String: Set<String>] = ["created": ["contactEmail", "name"]]
}

private enum UserFailure: DomainFailure, Equatable {
    case emailTaken
}

private struct User: Aggregate {
    enum Command: Codable, Sendable {
        case create(email: String)
        case changeEmail(newEmail: String)
    }

    static let category: StreamCategory = "user"
    private(set) var email: String?

    func handle(_ command: Command) throws(UserFailure) -> [UserEvent] {
        switch command {
        case .create(let email): [.created(contactEmail: email, name: "Ada")]
        case .changeEmail(let newEmail): [.emailChanged(oldEmail: email ?? "", newEmail: newEmail)]
        }
    }

    mutating func apply(_ event: UserEvent) {
        switch event {
        case .created(let email, _), .emailChanged(_, let email): self.email = email
        case .deactivated: break
        }
    }
}

extension User {
    static let tagVersion = 1

    static func tags(_ event: UserEvent) -> [Tag] {
        switch event {
        case .created(let email, _), .emailChanged(_, let email): [tag(email)]
        default: []
        }
    }

    func holds(_ tag: Tag) -> Bool { email.map { Self.tag($0) == tag } ?? false }
    static func taken(_ tag: Tag) -> UserFailure? { .emailTaken }
    static func tag(_ email: String) -> Tag { Tag("email", EmailAddress.normalForm(of: email)) }
}

private enum SeatEvent: DomainEvent, Equatable {
    case reserved(show: String)
}

private struct Seat: Aggregate {
    enum Command: Codable, Sendable { case reserve(show: String) }
    enum Failure: DomainFailure { case reserved }

    static let category: StreamCategory = "seat"
    static func tags(_ event: SeatEvent) -> [Tag] {
        switch event {
        case .reserved(let show): [Tag("show", show)]
        }
    }

    func handle(_ command: Command) throws(Failure) -> [SeatEvent] {
        switch command {
        case .reserve(let show): [.reserved(show: show)]
        }
    }

    mutating func apply(_ event: SeatEvent) {}
}

@Test func `all that was stored of users can be read`() throws {
    try verifyUpcasters(
        of: UserEvent.self,
        stored: [
            StoredForm(type: "created", schemaVersion: 1, data: ["email": "ada@example.com", "name": "Ada"]),
            StoredForm(type: "created", schemaVersion: 2, data: ["contactEmail": "ada@example.com", "name": "Ada"]),
        ])
}

@Suite struct `What the articles show of users` {
    @Test func `is refused an email that somebody has, and takes one back`() async throws {
        let users = Repository<User>(store: InMemoryStore())
        try await users.execute(.create(email: "ada@example.com"), on: "ada")
        let answer = try await users.execute(.create(email: "ADA@example.com"), on: "eve")
        #expect(answer.refusal?.code == "email-taken")
        try await users.execute(.changeEmail(newEmail: "ada@example.org"), on: "ada")
        try await users.compensate(2, of: "ada") { event, user in
            guard case .emailChanged(let old, let new) = event, user.email == new else { return [] }
            return [.emailChanged(oldEmail: new, newEmail: old)]
        }
        #expect(try await users.load("ada").aggregate.email == "ada@example.com")
    }
}

@Suite struct `What the articles show of seats` {
    @Test func `is refused when another one was reserved meanwhile`() async throws {
        let (store, show, codec) = (InMemoryStore(), "Hamlet", EventCodec<Seat>())
        let seats = Repository<Seat>(store: store)
        var request = try await seats.decide(.reserve(show: show), on: "1")
        let query = EventQuery(
            .init(category: "seat", types: codec.storedNames(of: "reserved"), tags: [Tag("show", show)]))
        let reserved = try await store.read(query, after: .zero, limit: .max)
        let last = reserved.last?.position ?? .zero
        request.conditions = [AppendCondition(no: query, after: last)]
        try await seats.execute(.reserve(show: show), on: "2")
        let refused = request
        await #expect(throws: (any Error).self) { try await store.append([refused]) }
    }
}
