public import Daybook
import Foundation
public import Logging
public import RabbitMQ
import Synchronization

/// A projection's queues, one for each partition, each on a channel of its own over one connection.
///
/// The queues have a single active consumer: a second worker of the same projection waits until this one is gone.
public final class RabbitMQSubscription: Subscription {
    private struct Current: Sendable {
        var connection: Connection?
        var acknowledgements: Acknowledgements
    }

    private let options: ConnectionOptions
    private let projection: String
    private let partitions: [Partition]
    private let prefetch: UInt16
    private let share: PartitionShare
    private let declaration: Topology.Declaration
    private let logger: Logger
    private let current: Mutex<Current>
    /// Fires when an acknowledgement waits.
    private let gathered = Signal()
    private let sending = AsyncMutex()

    /// The delay after which the partitions are asked for that are in other workers' shares.
    private static let reconnectDelay = Duration.seconds(3)
    /// The time for which acknowledgements are gathered.
    private static let gatheringTime = Duration.milliseconds(20)

    /// - Parameters:
    ///   - prefetch: Messages that one partition may have unacknowledged.
    ///   - share: The partitions that are asked for first.
    public init(
        options: ConnectionOptions, projection: String, partitionCount: Int, prefetch: UInt16 = 300,
        share: PartitionShare = .whole,
        declaration: Topology.Declaration = .declare, logger: Logger
    ) {
        self.options = options
        self.projection = projection
        self.prefetch = prefetch
        self.share = share
        self.declaration = declaration
        self.logger = logger
        partitions = Partition.all(partitionCount)
        current = Mutex(Current(acknowledgements: Acknowledgements(session: 0, channels: [:], prefetch: prefetch)))
    }

    public func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
        try await withReconnectingConnection(options, logger: logger) { connection in
            let deliveries = Deliveries()
            let (session, channels): (UInt64, [Partition: Channel])
            do {
                (session, channels) = try await self.subscribe(on: connection, into: deliveries)
            } catch {
                report(.refused("\(error)"))
                throw error
            }
            let partitions = Dictionary(uniqueKeysWithValues: channels.map { ($1.number, $0) })
            report(.connected(session: session))
            defer { report(.disconnected) }
            try await withThrowingTaskGroup(of: Bool.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask {
                    try await self.consumeOthers(channels, into: deliveries)
                    return false
                }
                tasks.addTask {
                    await self.sendAcknowledgementsInTime()
                    return false
                }
                tasks.addTask {
                    while let chunk = try await deliveries.next() {
                        report(
                            .messages(
                                chunk.compactMap { delivery in
                                    partitions[delivery.channel].map { Self.read(delivery, session, $0) }
                                }))
                    }
                    return true
                }
                for try await isOver in tasks where isOver { return }
            }
            try Task.checkCancellation()
        }
    }

    /// Declares all queues, and consumes those of its share. Nothing is reported before all are there, so that one
    /// session has all of them.
    private func subscribe(
        on connection: Connection, into deliveries: Deliveries
    ) async throws -> (session: UInt64, channels: [Partition: Channel]) {
        let limit = try await connection.channelLimit
        guard partitions.count <= limit else {
            throw RabbitMQError(
                .invalidConfiguration,
                "\(partitions.count) partitions need a channel each, and the broker allows \(limit) on a connection: "
                    + "raise its channel_max")
        }
        var channels: [Partition: Channel] = [:]
        for partition in partitions {
            let channel = try await connection.openChannel()
            if channels.isEmpty { try await Topology.establishEvents(on: channel, declaration) }
            try await Topology.establishQueue(projection: projection, partition, on: channel, declaration)
            channels[partition] = channel
        }
        for (partition, channel) in channels where share.contains(partition) {
            try await consume(partition, on: channel, into: deliveries)
        }
        let session = current.withLock { [channels] current in
            let session = current.acknowledgements.session + 1
            current = Current(
                connection: connection,
                acknowledgements: Acknowledgements(
                    session: session, channels: channels.mapValues(\.number), prefetch: prefetch))
            return session
        }
        return (session, channels)
    }

    private func consumeOthers(_ channels: [Partition: Channel], into deliveries: Deliveries) async throws {
        let others = channels.filter { !share.contains($0.key) }
        guard !others.isEmpty else { return }
        try await Task.sleep(for: Self.reconnectDelay)
        for (partition, channel) in others { try await consume(partition, on: channel, into: deliveries) }
    }

    private func consume(_ partition: Partition, on channel: Channel, into deliveries: Deliveries) async throws {
        let queue = Topology.queue(projection: projection, partition)
        try await channel.consume(queue, prefetch: prefetch, into: deliveries)
    }

    public func acknowledge(_ receipts: [Receipt]) async {
        let areEnough = current.withLock { $0.acknowledgements.gather(receipts) }
        if areEnough { await sendAcknowledgements() } else { gathered.fire() }
    }

    /// Until the session ends; then sends what waits.
    private func sendAcknowledgementsInTime() async {
        for await _ in gathered.listen() {
            try? await Task.sleep(for: Self.gatheringTime)
            await sendAcknowledgements()
        }
        await sendAcknowledgements()
    }

    private func sendAcknowledgements() async {
        // An earlier one that came after a later one would be of a message that the broker does not know any more.
        await sending.withLock {
            let (connection, tags) = current.withLock { ($0.connection, $0.acknowledgements.take()) }
            guard !tags.isEmpty else { return }
            // A connection that is gone gives its messages again, which the checkpoints then know.
            try? await connection?.acknowledge(tags, multiple: true)
        }
    }

    public func reconnect() async { await current.withLock { $0.connection }?.close() }

    private static func read(_ delivery: Delivery, _ session: UInt64, _ partition: Partition) -> IncomingMessage {
        let receipt = Receipt(session: session, partition: partition, tag: delivery.tag)
        do throws(CloudEvent.Unreadable) {
            let event = try CloudEvent(delivery)
            return IncomingMessage(
                receipt: receipt, content: .entry(event.source, event.epoch, event.entry), raw: raw(delivery))
        } catch {
            return IncomingMessage(receipt: receipt, content: .unreadable(error.reason), raw: raw(delivery))
        }
    }

    private static func raw(_ delivery: Delivery) -> RawMessage {
        RawMessage(body: delivery.message.body, bodySize: delivery.bodySize) {
            var attributes = [
                "exchange": delivery.exchange, "routingKey": delivery.routingKey,
                "contentType": delivery.message.contentType ?? "", "messageId": delivery.message.messageID ?? "",
            ]
            for header in delivery.message.headers.entries {
                attributes[header.name] = header.value.string ?? "\(header.value)"
            }
            return (try? JSON.encode(attributes)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
    }
}
