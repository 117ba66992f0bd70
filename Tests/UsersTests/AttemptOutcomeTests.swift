import Testing
import Users

@testable import Daybook

/// The names of the ways in which an attempt ends.
private enum Ending {
    case accepted, unchanged, refused, repeated, unexpected, outdated, overtaken, disputed
}

extension AttemptOutcome {
    fileprivate var ending: Ending {
        switch self {
        case .accepted: .accepted
        case .unchanged: .unchanged
        case .refused: .refused
        case .repeated: .repeated
        case .unexpected: .unexpected
        case .outdated: .outdated
        case .overtaken: .overtaken
        case .disputed: .disputed
        }
    }
}

@Suite struct `An attempt to execute a command` {
    private let users = Repository<User>(store: InMemoryStore())
    private let record = IdempotencyRecord(actor: "ada", route: "user/create", key: "k", requestHash: [1])

    private func create(idempotency: IdempotencyRecord? = nil) async throws {
        try await users.execute(.create(email: "a@b.cd", name: "Ada"), on: "1", idempotency: idempotency)
    }

    private func execution(
        on id: String = "1", expecting expected: ExpectedVersion = .any, idempotency: IdempotencyRecord? = nil,
        known: Loaded<User>? = nil
    ) throws -> Repository<User>.Execution {
        Repository<User>.Execution(
            stream: try StreamName(category: User.category, id: id), expected: expected,
            metadata: try EventMetadata.new().encoded(), idempotency: idempotency, text: .none, drops: 0, known: known)
    }

    private func attempt(
        _ command: UserCommand, by execution: Repository<User>.Execution
    ) async throws -> AttemptOutcome<User> {
        var execution = execution
        return try await users.attempt(&execution) { (user) throws(UserFailure) in try user.handle(command) }
    }

    @Test func `is accepted, changes nothing or is refused as the domain decides`() async throws {
        let first = try execution()
        #expect(try await attempt(.create(email: "a@b.cd", name: "Ada"), by: first).ending == .accepted)
        for key in [nil, record] {
            let same = try execution(idempotency: key)
            #expect(try await attempt(.changeEmail(newEmail: "a@b.cd"), by: same).ending == .unchanged)
        }
        for key in [nil, IdempotencyRecord(actor: "ada", route: "user/create", key: "l", requestHash: [1])] {
            let second = try execution(idempotency: key)
            #expect(try await attempt(.create(email: "e@f.gh", name: "Ada"), by: second).ending == .refused)
        }
    }

    @Test func `repeats the answer to the command that has moved the stream`() async throws {
        try await create(idempotency: record)
        let same = try execution(expecting: .noStream, idempotency: record)
        #expect(try await attempt(.create(email: "a@b.cd", name: "Ada"), by: same).ending == .repeated)
        let other = try execution(expecting: .noStream)
        #expect(try await attempt(.create(email: "a@b.cd", name: "Ada"), by: other).ending == .unexpected)
    }

    @Test func `is overtaken by who appends after it has loaded the aggregate`() async throws {
        try await create()
        let lenient = try execution(known: Loaded())
        #expect(try await attempt(.create(email: "a@b.cd", name: "Ada"), by: lenient).ending == .overtaken)
        let strict = try execution(expecting: .noStream, known: Loaded())
        #expect(try await attempt(.create(email: "a@b.cd", name: "Ada"), by: strict).ending == .unexpected)
    }

    @Test func `is outdated where nothing is to be appended to what was known`() async throws {
        try await create()
        let execution = try execution(known: try await users.load("1"))
        try await users.execute(.deactivate(reason: "left"), on: "1")
        let outcome = try await attempt(.changeEmail(newEmail: "a@b.cd"), by: execution)
        guard case .outdated(let present) = outcome else {
            Issue.record("it is \(outcome.ending)")
            return
        }
        #expect(present.version == 2)
    }

    @Test func `is disputed until it was seen who holds what it claims`() async throws {
        try await create()
        var execution = try execution(on: "2")
        let outcome = try await attempt(.create(email: "a@b.cd", name: "Eve"), by: execution)
        guard case .disputed(let tags, _) = outcome else {
            Issue.record("it is \(outcome.ending)")
            return
        }
        execution.disputed = tags
        #expect(try await attempt(.create(email: "a@b.cd", name: "Eve"), by: execution).ending == .refused)
    }
}
