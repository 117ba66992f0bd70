import Daybook
import DaybookSQLite
import Foundation
import Logging
import RabbitMQ
import TestSupport
import Testing
import Users

/// The broker loses what it likes: every read model is complete all the same, within a minute and with no new event.
@Suite(.enabled(if: TestBroker.isRunning), .serialized, .timeLimit(.minutes(5)))
struct `Without help from the broker` {
    private func createUsers(_ count: Int, on deployment: Deployment) async throws {
        for index in 0..<count {
            let body = #"{"email":"u\#(index)@example.com","name":"User \#(index)"}"#
            #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
        }
    }

    private func withChannel(_ deployment: Deployment, _ body: (Channel) async throws -> Void) async throws {
        let options = try ConnectionOptions(url: deployment.brokerURL)
        let connection = try await Connection.open(options, logger: Logger(label: "test"))
        try await body(try await connection.openChannel())
        await connection.close()
    }

    @Test func `the last message of a partition, deleted from its queue, is made good`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await createUsers(20, on: deployment)
            try await deployment.waitUntilCurrent(.users, head: 20)
            await deployment.stop(.users)
            #expect(try await deployment.post("/v1/user/u7/deactivate", #"{"reason":"left"}"#).status == 200)
            let partition = Partition.of(try StreamName("user-u7"), among: 8)
            try await withChannel(deployment) { channel in
                let deliveries = Deliveries()
                try await channel.consume("daybook.users.\(partition)", prefetch: 1, into: deliveries)
                // An earlier one may come again that the worker could not acknowledge any more.
                var isTaken = false
                while !isTaken, let delivery = try await deliveries.next()?.first {
                    try await channel.acknowledge(delivery.tag)
                    isTaken = delivery.routingKey == "\(partition).user.deactivated"
                }
                #expect(isTaken)
            }
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 21)
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `a worker that starts for the first time reads 100,000 events from history`() async throws {
        try await Deployment.with { deployment in
            var store: SQLiteEventStore? = try SQLiteEventStore(path: deployment.storePath)
            try await fillWithUsers(#require(store), users: 0..<2000, eventsOfEach: 50)
            store = nil
            try await deployment.start(.writer)
            let started = ContinuousClock.now
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 100_000)
            print("100,000 events from history in \(started.duration(to: .now))")
            await deployment.stopAll()
            try await expectReplay(of: SQLiteEventStore(path: deployment.storePath), deployment)
        }
    }

    @Test func `a purged queue is made good`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await createUsers(5, on: deployment)
            try await deployment.waitUntilCurrent(.users, head: 5)
            await deployment.stop(.users)
            for index in 0..<5 {
                #expect(try await deployment.post("/v1/user/u\(index)/deactivate", #"{"reason":"left"}"#).status == 200)
            }
            try await eventually("all is sent") {
                try await deployment.get(.writer, "/health/ready").text.contains("backlog 0")
            }
            try await withChannel(deployment) { channel in
                for partition in Partition.all(8) { try await channel.purgeQueue("daybook.users.\(partition)") }
            }
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 10)
        }
    }

    @Test func `a running worker finds by itself what was lost on the way`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users, settings: ["DAYBOOK_HEAD_CHECK_INTERVAL": "2s"])
            try await createUsers(5, on: deployment)
            try await deployment.waitUntilCurrent(.users, head: 5)
            try await withChannel(deployment) { channel in
                // A second queue takes what the projection's own no longer gets: sent and confirmed, but not to it.
                try await channel.declareQueue("elsewhere", durable: false, exclusive: true)
                for partition in Partition.all(8) {
                    try await channel.bindQueue("elsewhere", to: "daybook.events", routingKey: "\(partition).#")
                    try await channel.unbindQueue(
                        "daybook.users.\(partition)", from: "daybook.events", routingKey: "\(partition).#")
                }
                #expect(try await deployment.post("/v1/user/u1/deactivate", #"{"reason":"left"}"#).status == 200)
                try await deployment.waitUntilCurrent(.users, head: 6, within: .seconds(15))
            }
        }
    }
}
