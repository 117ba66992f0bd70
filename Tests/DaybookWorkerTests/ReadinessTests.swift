import DaybookSQLite
import DaybookService
import Foundation
import Testing

@testable import Daybook
@testable import DaybookWorker

@Suite struct `A projection's readiness` {
    private func limits(events: Int = 0, time: String = "0s") throws -> ReadinessLimits {
        let environment = [
            "DAYBOOK_SOURCES": "writer", "DAYBOOK_READINESS_LONGEST_LAG": "\(events)",
            "DAYBOOK_READINESS_LONGEST_LAG_TIME": time,
        ]
        return try ReadinessLimits(
            Settings.load(
                WorkerDaemon.settings(projection: .sqlite(FragileProjection(fault: .init())), httpPort: 0),
                arguments: [], environment: environment, program: "test"))
    }

    /// A projection that applies what comes, and is behind.
    private func status(lag: Int64, seconds: Double) -> ProjectionStatus {
        var status = ProjectionStatus(projection: "users")
        status.isConnected = true
        status.lanes = (0..<2).map { partition in
            LaneStatus(
                source: "writer", partition: Partition(partition), epoch: nil, checkpoint: .zero, head: .zero,
                lag: partition == 0 ? lag : 0, lagSeconds: partition == 0 ? seconds : 0, state: .catchingUp,
                problem: nil)
        }
        return status
    }

    @Test func `ends beyond each limit`() throws {
        let events = try limits(events: 100)
        #expect(events.check(status(lag: 100, seconds: 1e6)).isReady)
        let behind = events.check(status(lag: 101, seconds: 0))
        #expect(!behind.isReady && behind.detail == "101 events behind, more than 100")
        let time = try limits(time: "2m")
        #expect(time.check(status(lag: 1_000_000, seconds: 120)).isReady)
        let old = time.check(status(lag: 1, seconds: 121))
        #expect(!old.isReady && old.detail == "121 s behind, more than 120 s")
        let both = try limits(events: 100, time: "2m")
        #expect(both.check(status(lag: 100, seconds: 120)).isReady)
        #expect(!both.check(status(lag: 101, seconds: 0)).isReady && !both.check(status(lag: 1, seconds: 121)).isReady)
    }

    /// Anybody may ask for it, also where everything else needs a token.
    @Test func `says nothing of what the database or a writer says`() throws {
        var broken = status(lag: 0, seconds: 0)
        broken.problem = "SQLite error 1: no such table: salaries - while executing `INSERT INTO salaries …`"
        #expect(try limits().check(broken).detail == "something keeps it from posting")
        var failing = status(lag: 0, seconds: 0)
        failing.lanes[0].state = .failing
        failing.lanes[0].problem = "SQLite error 13: disk is full - while executing `INSERT INTO salaries …`"
        let answer = try limits().check(failing)
        #expect(!answer.isReady && answer.detail == "writer/p00 is failing")
    }

    @Test func `has no limit where none is set`() throws {
        let answer = try limits().check(status(lag: 1_000_000, seconds: 1e6))
        #expect(answer.isReady && answer.detail == "lag 1000000")
    }
}
