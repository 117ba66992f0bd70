import Daybook
import DaybookRabbitMQ
import Logging
import RabbitMQ
import ServiceLifecycle
import UserViews

extension Bench {
    /// Runs services while `body` runs, and stops them in good order, last first.
    func withServices<Value>(_ services: [any Service], _ body: () async throws -> Value) async throws -> Value {
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        async let running: Void = group.run()
        do {
            let value = try await body()
            await group.triggerGracefulShutdown()
            try await running
            return value
        } catch {
            await group.triggerGracefulShutdown()
            try? await running
            throw error
        }
    }

    /// Declares the queues of the projection `users`, as its worker does at its start.
    func declareQueues() async throws {
        let subscription = try broker().subscription(
            projection: UsersProjection.name, partitionCount: Self.partitionCount)
        let (connections, continuation) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            defer { continuation.finish() }
            try await subscription.run { event in
                if case .connected = event { continuation.yield() }
            }
        }
        var isConnected = false
        for await _ in connections {
            isConnected = true
            break
        }
        running.cancel()
        _ = await running.result
        guard isConnected else { throw BenchError("no connection to the broker") }
    }

    /// Empties the queues of the projection `users`.
    func purgeQueues() async throws {
        try await forEachQueue { channel, queue in try await channel.purgeQueue(queue) }
    }

    /// Removes the queues of the projection `users`, so that nobody is bound.
    func deleteQueues() async throws {
        try await forEachQueue { channel, queue in try await channel.deleteQueue(queue) }
    }

    private func forEachQueue(_ body: (Channel, String) async throws -> Void) async throws {
        let connection = try await Connection.open(ConnectionOptions(url: brokerURL), logger: logger)
        do {
            let channel = try await connection.openChannel()
            for partition in Partition.all(Self.partitionCount) {
                try await body(channel, "daybook.\(UsersProjection.name).\(partition)")
            }
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }
}
