import Daybook
import DaybookSQLite
import Foundation
import Synchronization
import TestSupport
import Testing
import Users

/// What holds for much is shown with much. Only `DAYBOOK_TEST_LONG=1` runs these. A debug build may not keep up with the
/// commands of the last one; `DAYBOOK_TEST_PROGRAMS` names a folder with other programs.
@Suite(.enabled(if: TestBroker.isRunning && LongForm.isOn), .serialized)
struct `With very much` {
    // MARK: Events of 50 KiB

    @Test(.timeLimit(.minutes(15)))
    func `in each event, a rebuild has bounded memory in worker and writer`() async throws {
        try await Deployment.with { deployment in
            let count = 20_000
            try await append(0..<count, to: deployment) { user in
                .created(contactEmail: "u\(user)@example.com", name: String(repeating: "n", count: 50 << 10))
            }
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: Int64(count), within: .seconds(300))
            _ = try await shell(
                Deployment.program("daybook"),
                ["projections", "rebuild", "users", "--wait", "--worker", worker(of: deployment)])
            let projections = try await deployment.get(.users, "/v1/projections").json["projections"]
            #expect((projections as? [[String: any Sendable]])?.first?["generation"] as? Int == 2)
            let (worker, writer) = (try deployment.peakBytes(of: .users), try deployment.peakBytes(of: .writer))
            print("at most \(worker >> 20) MiB in the worker, \(writer >> 20) in the writer")
            #expect(worker < 400 << 20 && writer < 300 << 20)
        }
    }

    // MARK: Parked streams

    @Test(.timeLimit(.minutes(30)))
    func `parked, each stream can be shown and let go in bounded memory`() async throws {
        try await Deployment.with { deployment in
            let count = 100_000
            try await append(0..<count, to: deployment) { user in
                .created(contactEmail: "u\(user)@example.com", name: "U")
            }
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: Int64(count), within: .seconds(300))
            await deployment.stopAll()
            let path = "\(deployment.readModelPath(.users))/current.sqlite"
            let refuse = "CREATE TRIGGER refusing BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'not now'); END"
            try changeReadModel(path, refuse)
            try await append(0..<count, to: deployment) { user in
                .emailChanged(oldEmail: "u\(user)@example.com", newEmail: "v\(user)@example.com")
            }
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: Int64(2 * count), within: .seconds(600))
            let before = try deployment.peakBytes(of: .users)

            #expect(try await parked("list", deployment).split(separator: "\n").count == count + 1)
            #expect(try await parked("show", deployment, "user-u7").contains("v7@example.com"))
            _ = try await parked("retry", deployment, "user-u7", expecting: 75)
            _ = try await parked("skip", deployment, "user-u8")
            _ = try await parked("retry", deployment, "--all", expecting: 75)
            try changeReadModel(path, "DROP TRIGGER refusing")
            #expect(try await parked("retry", deployment, "user-u7").contains("1 posted"))
            #expect(try await parked("retry", deployment, "--all").contains("\(count - 2) posted"))
            #expect(try await parked("list", deployment).contains("nothing is parked"))

            let after = try deployment.peakBytes(of: .users)
            print("the worker had at most \(before >> 20) MiB before, \(after >> 20) after")
            #expect(after < 400 << 20)
            #expect(try await deployment.get(.users, "/v1/users/u7").text.contains("v7@example.com"))
            #expect(try await deployment.get(.users, "/v1/users/u8").text.contains("u8@example.com"))
        }
    }

    // MARK: A long reader

    @Test(.timeLimit(.minutes(25)))
    func `to read, and ten minutes to read it, no command waits for the reader`() async throws {
        try await Deployment.with { deployment in
            try await fillWithUsers(
                SQLiteEventStore(path: deployment.storePath), users: 0..<40_000, eventsOfEach: 50)
            try await deployment.start(.writer)
            let load = PacedLoad(commandsPerSecond: 1000, users: 40_000)
            let log = "\(deployment.storePath)-wal"
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<PacedLoad.clients { tasks.addTask { try await load.run(on: deployment) } }
                // Every aggregate that is loaded for the first time is long to read.
                try await Task.sleep(for: .seconds(60))
                load.begin()
                try await Task.sleep(for: .seconds(120))
                let without = load.begin()
                let reader = try LongReader(deployment.storePath, table: "events")
                try await Task.sleep(for: .seconds(600))
                let grown = try fileSize(log)
                try reader.end()
                try await eventually("the log is short again", within: .seconds(60)) {
                    try fileSize(log) < 100_000_000
                }
                try await Task.sleep(for: .seconds(30))
                let with = load.begin()
                load.end()
                try await tasks.waitForAll()
                print("slowest without the reader: \(without); with it: \(with); log of \(grown >> 20) MiB")
                #expect(with.slowest - without.slowest < .milliseconds(100))
                #expect(grown > 200_000_000)
            }
        }
    }

    // MARK: -

    /// Appends an event to each of some users, which the relay takes for sent.
    private func append(
        _ users: Range<Int>, to deployment: Deployment, _ event: @escaping @Sendable (Int) -> UserEvent
    ) async throws {
        let store = try SQLiteEventStore(path: deployment.storePath)
        try await store.indexTags(of: User.self)
        let codec = EventCodec<User>()
        let metadata = try EventMetadata.new().encoded()
        // So many at once share a commit.
        for first in stride(from: users.lowerBound, to: users.upperBound, by: 200) {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for user in first..<min(first + 200, users.upperBound) {
                    tasks.addTask {
                        let new = try codec.encode(event(user), metadata: metadata, occurredAt: .now())
                        let stream = try StreamName(category: User.category, id: "u\(user)")
                        _ = try await store.append(AppendRequest(stream: stream, expected: .any, events: [new]))
                    }
                }
                try await tasks.waitForAll()
            }
        }
        let heads = try await store.heads()
        try await store.moveCursors(Dictionary(uniqueKeysWithValues: heads.enumerated().map { (Partition($0), $1) }))
    }

    private func worker(of deployment: Deployment) -> String {
        "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"
    }

    private func parked(
        _ operation: String, _ deployment: Deployment, _ arguments: String..., expecting status: Int32 = 0
    ) async throws -> String {
        try await shell(
            Deployment.program("daybook"),
            ["parked", operation, "users"] + arguments + ["--worker", worker(of: deployment)], expecting: status)
    }

    private func fileSize(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}

extension Deployment {
    /// The most memory that a daemon has had.
    fileprivate func peakBytes(of daemon: Daemon) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process(daemon)?.id ?? 0)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}

/// Commands at fixed times, as far as the writer keeps up with them.
private final class PacedLoad: Sendable {
    /// What was seen in a while.
    struct Seen: CustomStringConvertible {
        var commands = 0
        var slowest = Duration.zero
        let since = ContinuousClock.now
        var lasted = Duration.zero

        var description: String { "\(slowest), at \(Int(Double(commands) / (lasted / .seconds(1)))) commands a second" }
    }

    static let clients = 32
    private let interval: Duration
    private let users: Int
    private let state = Mutex((seen: Seen(), sent: 0, isOver: false))

    init(commandsPerSecond rate: Int, users: Int) {
        interval = .seconds(Self.clients) / rate
        self.users = users
    }

    func run(on deployment: Deployment) async throws {
        var due = ContinuousClock.now
        while let number = next() {
            let began = ContinuousClock.now
            let answer = try await deployment.post(
                "/v1/user/u\(number % users)/change-email", #"{"newEmail":"n\#(number)@example.com"}"#)
            #expect(answer.status == 200)
            let took = began.duration(to: .now)
            state.withLock { state in
                state.seen.commands += 1
                state.seen.slowest = max(state.seen.slowest, took)
            }
            due = max(due + interval, began)
            try await Task.sleep(until: due, clock: .continuous)
        }
    }

    private func next() -> Int? {
        state.withLock { state in
            state.sent += 1
            return state.isOver ? nil : state.sent
        }
    }

    /// Begins to look anew.
    ///
    /// - Returns: What was seen since the last time.
    @discardableResult
    func begin() -> Seen {
        state.withLock { state in
            defer { state.seen = Seen() }
            state.seen.lasted = state.seen.since.duration(to: .now)
            return state.seen
        }
    }

    func end() { state.withLock { $0.isOver = true } }
}
