import Daybook
import DaybookTesting
import Testing
import Users

@Suite struct `A user in the past` {
    private let clock = ManualClock(Timestamp(microseconds: 0))

    /// Three events, a minute apart.
    private func repository() async throws -> Repository<User> {
        let store = InMemoryStore(now: clock.now)
        let users = Repository<User>(store: store)
        let commands: [UserCommand] = [
            .create(email: "a@example.com", name: "A"), .changeEmail(newEmail: "b@example.com"),
            .deactivate(reason: "left"),
        ]
        for command in commands {
            try await users.execute(command, on: "a")
            clock.advance(by: .seconds(60))
        }
        return users
    }

    @Test func `is shown as of a version`() async throws {
        let users = try await repository()
        let states = [("a@example.com", true), ("b@example.com", true), ("b@example.com", false)]
        for (index, (email, isActive)) in states.enumerated() {
            let version = StreamVersion(rawValue: Int64(index + 1))
            let loaded = try await users.load("a", at: .version(version))
            #expect(loaded.version == version)
            #expect(loaded.aggregate.email == email && loaded.aggregate.isActive == isActive)
        }
        #expect(try await users.load("a", at: .version(99)).version == 3)
        #expect(try await users.load("nobody", at: .version(1)).version == 0)
    }

    @Test func `is shown as of a time`() async throws {
        let users = try await repository()
        for (seconds, version) in [(-1, 0), (0, 1), (59, 1), (60, 2), (119, 2), (120, 3), (999, 3)] as [(Int64, Int64)]
        {
            let loaded = try await users.load("a", at: .time(Timestamp(microseconds: seconds * 1_000_000)))
            #expect(loaded.version.rawValue == version)
        }
    }

    /// It is the present that has no sharp end, and only for events of a clock that was ahead.
    @Test func `is shown as of a time within the last minute`() async throws {
        let store = InMemoryStore(now: clock.now)
        let users = Repository<User>(store: store, now: clock.now)
        try await users.execute(.create(email: "a@example.com", name: "A"), on: "a")
        clock.advance(by: .seconds(40))
        try await users.execute(.deactivate(reason: "left"), on: "a")
        clock.advance(by: .seconds(20))
        let moments: [(Int64, Int64)] = [(0, 1), (39, 1), (40, 2), (60, 2)]
        for (seconds, version) in moments {
            let loaded = try await users.load("a", at: .time(Timestamp(microseconds: seconds * 1_000_000)))
            #expect(loaded.version.rawValue == version, "after \(seconds) s")
        }
    }

    @Test func `is shown after each event`() async throws {
        let users = try await repository()
        var states: [(version: StreamVersion, isActive: Bool)] = []
        try await users.states("a", after: 1) { event, user in
            states.append((event.version, user.isActive))
            return true
        }
        #expect(states.map(\.version) == [2, 3] && states.map(\.isActive) == [true, false])
        var versions: [StreamVersion] = []
        try await users.states("a", after: 0) { event, _ in
            versions.append(event.version)
            return event.version < 2
        }
        #expect(versions == [1, 2])
    }
}
