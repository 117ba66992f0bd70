import Testing
import Users

@testable import Daybook

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

    @Test func `that others change at each attempt is refused as such`() async throws {
        let (hasty, other) = (Repository<User>(store: store, attempts: 1, cached: 100), Repository<User>(store: store))
        try await hasty.execute(.create(email: "a@b.cd", name: "Ada"), on: "1")
        try await other.execute(.changeEmail(newEmail: "e@f.gh"), on: "1")
        await #expect(throws: AppendError.contended(try StreamName("user-1"))) {
            try await hasty.execute(.changeEmail(newEmail: "a@b.cd"), on: "1")
        }
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
}
