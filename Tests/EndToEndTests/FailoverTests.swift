import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import GRDB
import TestSupport
import Testing

/// Two workers on one read model, of which one posts. `DAYBOOK_TEST_LONG=1` runs it in full.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `A worker that stands by` {
    private let seconds = LongForm.isOn ? 60 : 12

    /// Sends commands until told that it is enough.
    private func load(_ deployment: Deployment, until isEnough: Tally, _ sent: Tally) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for client in 0..<8 {
                tasks.addTask {
                    var number = 0
                    while isEnough.count == 0 {
                        let user = "c\(client)-\(number / 10)"
                        let (command, body) =
                            number % 10 == 0
                            ? ("create", #"{"email":"\#(user)@example.com","name":"U"}"#)
                            : ("change-email", #"{"newEmail":"\#(user).\#(number)@example.com"}"#)
                        let answer = try await deployment.post("/v1/user/\(user)/\(command)", body)
                        #expect(answer.status == 200)
                        sent.add()
                        number += 1
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// How much the read model has, for whoever opens its stable path.
    private func posted(_ deployment: Deployment) throws -> Int64 {
        let folder = try ReadModelFolder(deployment.readModelPath(.users))
        guard let serving = folder.serving else { return 0 }
        return try GenerationSummary(serving, in: folder)?.progress.posted(of: ["users-writer"]) ?? 0
    }

    /// How many events each of them has posted itself.
    private func postedAlone(_ deployment: Deployment, ports: [Int]) async throws -> [Int] {
        var counts: [Int] = []
        for port in ports {
            let metrics = try await deployment.get(.users, "/metrics", port: port).text
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("daybook_posted_events_total{") }
            // Before a generation serves there is none.
            counts.append(line?.split(separator: " ").last.flatMap { Int($0) } ?? 0)
        }
        return counts
    }

    /// The same once they have counted all: that is after the commit, which others see.
    private func postedAlone(_ deployment: Deployment, ports: [Int], inAll count: Int) async throws -> [Int] {
        try await eventually("all is counted") {
            try await postedAlone(deployment, ports: ports).reduce(0, +) == count
        }
        return try await postedAlone(deployment, ports: ports)
    }

    /// Starts the one that posts: it serves, and has the queues.
    private func startActive(_ deployment: Deployment, port: Int) async throws -> ChildProcess {
        let process = try await deployment.startAnother(.users, port: port)
        try await eventually("it serves") { try ReadModelFolder(deployment.readModelPath(.users)).serving != nil }
        try await eventually("it has the queues") { try await isConnected(deployment, port) }
        return process
    }

    private func isConnected(_ deployment: Deployment, _ port: Int) async throws -> Bool {
        let report = try await deployment.get(.users, "/v1/projections", port: port).json["projections"]
        return (report as? [[String: any Sendable]])?.first?["isConnected"] as? Bool == true
    }

    /// Whether a worker has lost its session and has another one.
    private func isConnectedAgain(
        _ worker: ChildProcess, _ deployment: Deployment, _ port: Int
    ) async throws -> Bool {
        guard worker.output.contains("no working connection to the broker") else { return false }
        return try await isConnected(deployment, port)
    }

    /// How long it takes until something is posted again.
    private func handOver(_ deployment: Deployment, within limit: Duration) async throws -> Duration {
        let start = ContinuousClock.now
        let before = try posted(deployment)
        try await eventually("the other one posts", within: limit, every: .milliseconds(10)) {
            try posted(deployment) > before
        }
        return ContinuousClock.now - start
    }

    private func verify(_ deployment: Deployment, _ sent: Tally) async throws {
        try await eventually("all is posted", within: .seconds(60)) { try posted(deployment) == Int64(sent.count) }
    }

    @Test(.timeLimit(.minutes(5)))
    func `takes over within two seconds, whenever the other one is killed`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let ports = try freePorts(2)
            var active = try await startActive(deployment, port: ports[0])
            defer { active.send(SIGKILL) }
            var standby = try await deployment.startAnother(.users, port: ports[1])
            defer { standby.send(SIGKILL) }
            let (isEnough, sent) = (Tally(), Tally())
            async let loading: Void = load(deployment, until: isEnough, sent)
            var waits: [Duration] = []
            let end = ContinuousClock.now + .seconds(seconds)
            for turn in 0... {
                try await Task.sleep(for: .milliseconds(Int.random(in: 1500...3000)))
                // A slow machine takes longer for as many.
                if ContinuousClock.now > end && waits.count >= 3 { break }
                active.send(SIGKILL)
                await active.wait()
                waits.append(try await handOver(deployment, within: .seconds(20)))
                active = standby
                standby = try await deployment.startAnother(.users, port: ports[turn % 2])
            }
            isEnough.add()
            try await loading
            try await verify(deployment, sent)
            print("hand-overs took \(waits.map { Int($0 / .milliseconds(1)) }) ms")
            #expect(waits.allSatisfy { $0 < .seconds(2) })
            for process in [active, standby] {
                process.send(SIGTERM)
                #expect(await process.wait() == 0)
            }
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `takes over from one that is frozen, which posts nothing when it thaws`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let ports = try freePorts(2)
            let first = try await startActive(deployment, port: ports[0])
            defer { first.send(SIGKILL) }
            let second = try await deployment.startAnother(.users, port: ports[1])
            defer { second.send(SIGKILL) }
            let (isEnough, sent) = (Tally(), Tally())
            // Nothing is under way when it freezes: a lock that it held would be its watchdog's business.
            let answer = try await deployment.post("/v1/user/a/create", #"{"email":"a@example.com","name":"A"}"#)
            #expect(answer.status == 200)
            sent.add()
            try await verify(deployment, sent)
            let before = try await postedAlone(deployment, ports: ports, inAll: sent.count)
            let active = try #require(before.firstIndex(of: sent.count))
            let frozen = [first, second][active]
            frozen.send(SIGSTOP)
            async let loading: Void = load(deployment, until: isEnough, sent)
            let wait = try await handOver(deployment, within: .seconds(60))
            print("the hand-over from a frozen worker took \(wait)")
            #expect(wait < .seconds(40))
            try await Task.sleep(for: .seconds(1))
            frozen.send(SIGCONT)
            // By then it has let go of everything that it held when it froze.
            try await eventually("it has a new session", within: .seconds(60)) {
                try await isConnectedAgain(frozen, deployment, ports[active])
            }
            let after = try await postedAlone(deployment, ports: ports)
            #expect(after[active] == before[active], "\(first.output) \(second.output)")
            isEnough.add()
            try await loading
            try await verify(deployment, sent)
            for process in [first, second] {
                process.send(SIGTERM)
                #expect(await process.wait() == 0)
            }
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `posts beside another one when each has its share`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            await deployment.stop(.users)
            let ports = try freePorts(2)
            async let one = deployment.startAnother(.users, port: ports[0], settings: ["DAYBOOK_SHARE": "1/2"])
            async let other = deployment.startAnother(.users, port: ports[1], settings: ["DAYBOOK_SHARE": "2/2"])
            let both = [try await one, try await other]
            defer { for process in both { process.send(SIGKILL) } }
            // What is written before they have their queues, either may fetch from history.
            for port in ports {
                try await eventually("it has its queues") { try await isConnected(deployment, port) }
            }
            let (isEnough, sent) = (Tally(), Tally())
            async let loading: Void = load(deployment, until: isEnough, sent)
            try await Task.sleep(for: .seconds(5))
            isEnough.add()
            try await loading
            try await verify(deployment, sent)
            let parts = try await postedAlone(deployment, ports: ports, inAll: sent.count)
            #expect(parts.allSatisfy { $0 * 4 > sent.count }, "\(parts)")
            for process in both {
                process.send(SIGTERM)
                #expect(await process.wait() == 0)
            }
            let fenced = both.filter { $0.output.contains("fenced") }
            #expect(fenced.isEmpty, "\(fenced.map(\.output))")
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }
}
