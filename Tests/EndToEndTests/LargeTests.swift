import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import TestSupport
import Testing
import Users

/// What holds for much is shown with much. Only `DAYBOOK_TEST_LONG=1` runs these. `DAYBOOK_TEST_PROGRAMS` names a folder
/// with other programs than those of the debug build.
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

    /// A debug build keeps up with some commands a second, a release build with many.
    private static var rate: Int { ProcessInfo.processInfo.environment["DAYBOOK_TEST_PROGRAMS"] == nil ? 300 : 1000 }

    @Test(.timeLimit(.minutes(35)))
    func `to read, and ten minutes to read it, no command waits for the reader`() async throws {
        try await Deployment.with { deployment in
            try await fillWithUsers(
                SQLiteEventStore(path: deployment.storePath), users: 0..<40_000, eventsOfEach: 50)
            try await deployment.start(.writer)
            let log = "\(deployment.storePath)-wal"
            // Every aggregate that is loaded for the first time is long to read.
            _ = try await drive(deployment, seconds: 60, first: 0)
            let without = try await drive(deployment, seconds: 600, first: 1_000_000)
            let reader = try LongReader(deployment.storePath, table: "events")
            async let driven = drive(deployment, seconds: 690, first: 2_000_000)
            try await Task.sleep(for: .seconds(600))
            let grown = try fileSize(log)
            try reader.end()
            try await eventually("the log is short again", within: .seconds(60)) {
                try fileSize(log) < 100_000_000
            }
            let with = try await driven
            print("without the reader: \(without); with it: \(with); log of \(grown >> 20) MiB")
            #expect(with.slowest - without.slowest < 100)
            #expect(grown > 200_000_000)
        }
    }

    /// Commands at a fixed rate, as `daybook-bench drive` tells of them. Times are in milliseconds.
    private struct Drive: Decodable {
        let perSecond: Double
        let p50: Double
        let p99: Double
        let slowest: Double
        let secondsToSlowest: Double
        let machinePause: Double
        let secondsToMachinePause: Double
    }

    /// Sends commands. Nine of ten go to users that are active, all of whom the writer can keep in memory.
    ///
    /// - Parameter first: The number of the first command, as no two users may have one email.
    private func drive(_ deployment: Deployment, seconds: Int, first: Int) async throws -> Drive {
        let process = try ChildProcess(
            Deployment.program("daybook-bench"),
            [
                "drive", "--port", "\(deployment.ports[.writer] ?? 0)", "--rate", "\(Self.rate)", "--users", "40000",
                "--active-users", "2000", "--seconds", "\(seconds)", "--first", "\(first)",
            ], log: deployment.folder.appending(path: "drive-\(first).log"))
        #expect(await process.wait(within: .seconds(seconds + 120)) == 0, "\(process.output)")
        return try JSONDecoder().decode(Drive.self, from: Data(process.output.utf8))
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
