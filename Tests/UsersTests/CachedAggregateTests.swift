import Synchronization
import TestSupport
import Testing
import Users

@testable import Daybook

/// A store in which others are faster: something happens to it before each look at a stream.
private struct RacedStore: ForwardingStore {
    let inner: InMemoryStore
    let meanwhile: @Sendable () async throws -> Void

    func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        try await meanwhile()
        try await inner.replay(stream, after: version, body)
    }
}

/// Runs `body` the first time that it is called.
private final class Once: Sendable {
    private let isDone = Mutex(false)

    func callAsFunction(_ body: () async throws -> Void) async throws {
        let isFirst = isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
        if isFirst { try await body() }
    }
}

/// What a repository keeps in memory may be behind the store; nobody must notice.
@Suite struct `A cached aggregate` {
    private let store = InMemoryStore()
    private var cached: Repository<User> { Repository(store: store, cached: 100) }

    @Test func `is decided on as the store has it, whoever changed it`() async throws {
        let (cached, other) = (cached, Repository<User>(store: store))
        try await cached.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        try await other.execute(.deactivate(reason: "left"), on: "1")
        // The copy in memory is active: it must neither refuse nor append on what it believes.
        #expect(try await cached.execute(.deactivate(reason: "left"), on: "1").refusal?.code == "already-inactive")
        try await other.execute(.reactivate(reason: "came back"), on: "1")
        #expect(try await cached.execute(.changeEmail(newEmail: "e@f.gh"), on: "1").version == 4)
        try await other.execute(.changeEmail(newEmail: "a@b.cd"), on: "1")
        #expect(try await cached.execute(.changeEmail(newEmail: "a@b.cd"), on: "1").position == nil)
        #expect(try await cached.load("1").aggregate == other.load("1").aggregate)
    }

    @Test func `answers an expected version as the store has it`() async throws {
        let (cached, other) = (cached, Repository<User>(store: store))
        try await cached.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        try await other.execute(.deactivate(reason: "left"), on: "1")
        let reactivated = try await cached.execute(.reactivate(reason: "came back"), on: "1", expecting: .exactly(2))
        #expect(reactivated.version == 3)
        await #expect(throws: AppendError.self) {
            try await cached.execute(.deactivate(reason: "left"), on: "1", expecting: .exactly(2))
        }
    }

    @Test func `is loaded as the store has it`() async throws {
        let (cached, other) = (cached, Repository<User>(store: store))
        try await cached.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        try await other.execute(.deactivate(reason: "left"), on: "1")
        let loaded = try await cached.load("1")
        #expect(loaded.version == 2 && !loaded.aggregate.isActive)
    }

    /// A command that appends nothing meets no conflict in the store: it must end by itself.
    @Test func `is decided on as often as is allowed while others change it all the time`() async throws {
        let other = Repository<User>(store: store)
        try await other.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        let looks = Mutex(0)
        let raced = RacedStore(inner: store) {
            let look = looks.withLock { looks in
                looks += 1
                return looks
            }
            // Others give up at last, so that a command that does not is seen.
            guard look <= 100 else { return }
            try await other.execute(look % 2 == 1 ? .deactivate(reason: "l") : .reactivate(reason: "b"), on: "1")
        }
        let repository = Repository<User>(store: raced, attempts: 5, cached: 10)
        try await repository.execute(.changeEmail(newEmail: "a@b.cd"), on: "1")
        await #expect(throws: AppendError.contended(try StreamName("user-1"))) {
            try await repository.execute(.changeEmail(newEmail: "a@b.cd"), on: "1")
        }
        #expect(looks.withLock { $0 } == 6)
    }

    @Test func `is forgotten after many others, and loaded again`() async throws {
        let few = Repository<User>(store: store, cached: 4)
        for id in 0..<20 { try await few.execute(.create(email: "a\(id)@b.cd", name: "Ada"), on: "\(id)") }
        for id in 0..<20 {
            #expect(try await few.execute(.deactivate(reason: "left"), on: "\(id)").version == 2)
            #expect(try await few.load("\(id)").aggregate == Repository<User>(store: store).load("\(id)").aggregate)
        }
    }

    /// Who is forgotten must not come back with a command that had loaded them before.
    @Test func `is not kept by a command that loaded it before it was dropped`() throws {
        let cache = AggregateCache<User>(limit: 10)
        let ada = try StreamName("user-ada")
        let drops = cache.drops
        cache.keep(Loaded(), for: ada, asOf: drops)
        #expect(cache[ada] != nil)
        cache.drop(ada)
        cache.keep(Loaded(), for: ada, asOf: drops)
        #expect(cache[ada] == nil)
        cache.keep(Loaded(), for: ada, asOf: cache.drops)
        #expect(cache[ada] != nil)
    }

    /// One that is used all the time and forgotten would be loaded whole, on the way of its next command.
    @Test func `is kept among the last ones that were used, of which there are as many as may be`() throws {
        let cache = AggregateCache<User>(limit: 4)
        let streams = try (1...5).map { try StreamName("user-\($0)") }
        for stream in streams[..<4] { cache.keep(Loaded(), for: stream, asOf: cache.drops) }
        for stream in streams[..<4] { #expect(cache[stream] != nil) }
        cache.keep(Loaded(), for: streams[4], asOf: cache.drops)
        #expect(streams.map { cache[$0] != nil } == [false, true, true, true, true])
    }

    @Test func `is dropped however long ago it was used`() throws {
        let cache = AggregateCache<User>(limit: 4)
        let streams = try (1...3).map { try StreamName("user-\($0)") }
        for stream in streams { cache.keep(Loaded(), for: stream, asOf: cache.drops) }
        for stream in streams {
            #expect(cache[stream] != nil)
            cache.drop(stream)
            #expect(cache[stream] == nil)
        }
    }
}

@Suite struct `A command that is sent twice at once` {
    /// The first one has moved the version that both expect.
    @Test func `gets the first answer, and not that its stream has changed`() async throws {
        let store = InMemoryStore()
        let other = Repository<User>(store: store)
        try await other.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        let record = IdempotencyRecord(actor: "ada", route: "user/deactivate", key: "k", requestHash: [1])
        let once = Once()
        let raced = RacedStore(inner: store) {
            try await once {
                try await other.execute(
                    .deactivate(reason: "left"), on: "1", expecting: .exactly(1), idempotency: record)
            }
        }
        let answer = try await Repository<User>(store: raced).execute(
            .deactivate(reason: "left"), on: "1", expecting: .exactly(1), idempotency: record)
        #expect(answer.isRepeated && answer.version == 2)
        #expect(try await store.head() == 2)
    }

    @Test func `undoes an event once`() async throws {
        let store = InMemoryStore()
        let other = Repository<User>(store: store)
        try await other.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        try await other.execute(.deactivate(reason: "left"), on: "1")
        @Sendable func undo(_ users: Repository<User>) async throws -> CommandAnswer {
            // It undoes whatever the user has become since.
            try await users.compensate(2, of: "1") { (_, _) throws(UserFailure) in [.reactivated(reason: "wrong one")] }
        }
        let once = Once()
        let raced = RacedStore(inner: store) {
            try await once { _ = try await undo(other) }
        }
        let answer = try await undo(Repository<User>(store: raced))
        #expect(answer.isRepeated && answer.version == 3)
        #expect(try await store.head() == 3)
    }
}
