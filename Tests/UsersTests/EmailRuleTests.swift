import Daybook
import Testing
import Users

/// One user per email: a rule that spans streams, kept by tags and conditions alone.
@Suite struct `One user per email` {
    private let store = InMemoryStore()
    private var users: Repository<User> { Repository(store: store, cached: 100) }

    @discardableResult
    private func create(_ id: String, _ email: String) async throws -> Refusal? {
        try await users.execute(.create(email: email, name: "N"), on: id).refusal
    }

    @Test func `refuses the email of another user, however it is written`() async throws {
        #expect(try await create("ada", "ada@example.com") == nil)
        #expect(try await create("eve", "ADA@example.com")?.code == "email-taken")
        #expect(try await users.holders(of: User.tag("Ada@Example.com")) == ["ada"])
        #expect(try await create("jose", "josé@example.com") == nil)
        for other in ["jose\u{301}@example.com", "JOSÉ@example.com", "\u{FF4A}osé@example.com"] {
            #expect(try await create("eve", other)?.code == "email-taken", "\(other)")
        }
        #expect(try await create("eve", "eve@example.com") == nil)
        let change = try await users.execute(.changeEmail(newEmail: "ada@example.com"), on: "eve")
        #expect(change.refusal?.code == "email-taken")
        #expect(change.version == 1)
    }

    @Test func `knows spellings by their bytes, as an index compares them`() {
        // Only the small letter has a character with this accent of its own.
        let spellings = ["J\u{30C}an@example.com", "j\u{30C}an@example.com", "\u{1F0}an@example.com"]
        let forms = Set(spellings.map { Array(EmailAddress.normalForm(of: $0).utf8) })
        #expect(forms == [Array("\u{1F0}an@example.com".utf8)])
    }

    @Test func `lets an email go with the user who changes it, and come back`() async throws {
        try await create("ada", "ada@example.com")
        try await users.execute(.changeEmail(newEmail: "lovelace@example.com"), on: "ada")
        #expect(try await create("eve", "ada@example.com") == nil)
        #expect(try await users.execute(.changeEmail(newEmail: "ada@example.com"), on: "ada").refusal != nil)
        try await users.execute(.changeEmail(newEmail: "eve@example.com"), on: "eve")
        #expect(try await users.execute(.changeEmail(newEmail: "ada@example.com"), on: "ada").refusal == nil)
        try await users.execute(.deactivate(reason: "left"), on: "ada")
        #expect(try await create("bob", "ada@example.com")?.code == "email-taken")
    }

    /// They are looked for a page at a time.
    @Test func `is held by the last of very many that have had it`() async throws {
        try await create("ada", "ada@example.com")
        let emails = ["ada@example.com", "lovelace@example.com"]
        let changes: [UserEvent] = (0..<451).map { number in
            .emailChanged(oldEmail: emails[number % 2], newEmail: emails[(number + 1) % 2])
        }
        try await users.execute(on: "ada") { _ in changes }
        #expect(try await create("eve", "ada@example.com") == nil)
        #expect(try await users.holders(of: User.tag("ada@example.com")) == ["eve"])
        #expect(try await create("bob", "ada@example.com")?.code == "email-taken")
    }

    @Test func `admits one of many that come at once`() async throws {
        let users = users
        let refusals = try await withThrowingTaskGroup(of: Refusal?.self) { tasks in
            for number in 0..<50 {
                tasks.addTask {
                    let command = UserCommand.create(email: "same@example.com", name: "N")
                    return try await users.execute(command, on: "u\(number)").refusal
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.compactMap(\.?.code).allSatisfy { $0 == "email-taken" })
    }

    @Test func `remembers a refusal under its key`() async throws {
        try await create("ada", "ada@example.com")
        let record = IdempotencyRecord(actor: "", route: "r", key: "k", requestHash: [1])
        let command = UserCommand.create(email: "ada@example.com", name: "N")
        let first = try await users.execute(command, on: "eve", idempotency: record)
        try await users.execute(.changeEmail(newEmail: "other@example.com"), on: "ada")
        let again = try await users.execute(command, on: "eve", idempotency: record)
        #expect(first.refusal?.code == "email-taken" && again.refusal == first.refusal && again.isRepeated)
    }
}

@Suite struct `A forgotten user` {
    @Test func `holds nothing, refuses everything and is forgotten once`() async throws {
        let users = Repository<User>(store: InMemoryStore())
        try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
        let forgotten = try await users.execute(on: "ada") { $0.forgetting() }
        #expect(forgotten.version == 3)
        let ada = try await users.load("ada").aggregate
        #expect(ada.isForgotten && !ada.isActive && ada.email == nil && ada.name == nil && ada.emailHistory.isEmpty)
        for command: UserCommand in [
            .create(email: "a@b.cd", name: "A"), .reactivate(reason: "came back"), .changeEmail(newEmail: "a@b.cd"),
        ] {
            #expect(try await users.execute(command, on: "ada").refusal?.code == "forgotten")
        }
        #expect(try await users.execute(on: "ada") { $0.forgetting() }.version == 3)
        #expect(try await users.execute(.create(email: "ada@example.com", name: "E"), on: "eve").refusal == nil)
    }
}

@Suite struct `An event that is undone` {
    private func inverse(_ event: UserEvent, _ user: User) throws(UserFailure) -> [UserEvent] {
        guard case .emailChanged(let old, let new) = event, user.email == new else { return [] }
        return [.emailChanged(oldEmail: new, newEmail: old)]
    }

    @Test func `stays, and is followed by one that refers to it, once`() async throws {
        let store = InMemoryStore()
        let users = Repository<User>(store: store)
        try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
        try await users.execute(.changeEmail(newEmail: "wrong@example.com"), on: "ada")
        let undone = try await users.compensate(2, of: "ada", by: inverse)
        #expect(undone.version == 3)
        #expect(try await users.load("ada").aggregate.email == "ada@example.com")
        let events = try await store.read(StreamName("user-ada"), after: .zero, limit: 10)
        let metadata = try EventMetadata(decoding: events[2].metadata)
        #expect(metadata.compensates == events[1].id.description)
        let again = try await users.compensate(2, of: "ada", by: inverse)
        #expect(again.isRepeated && again.version == 3)
        await #expect(throws: NoSuchEvent.self) { try await users.compensate(9, of: "ada", by: inverse) }
    }

    @Test func `is answered as the first time, also when several events undo it`() async throws {
        let store = InMemoryStore()
        let users = Repository<User>(store: store)
        try await users.execute(.create(email: "ada@example.com", name: "Ada"), on: "ada")
        try await users.execute(.changeEmail(newEmail: "wrong@example.com"), on: "ada")
        func undo() async throws -> CommandAnswer {
            try await users.compensate(2, of: "ada") { (event, user) throws(UserFailure) in
                try inverse(event, user) + user.handle(.deactivate(reason: "it was somebody else's"))
            }
        }
        let first = try await undo()
        #expect(first.version == 4 && first.published != nil)
        try await users.execute(.reactivate(reason: "it is well again"), on: "ada")
        var again = try await undo()
        #expect(again.isRepeated)
        again.isRepeated = false
        #expect(again == first)
        #expect(try await store.head() == 5)
    }
}
