/// A channel of a ``Connection``: the unit of ordering, prefetch and confirms.
///
/// Everything here runs on the connection's thread. A refused request (a missing queue, other arguments) closes the
/// channel and throws `channelClosed` with the broker's reply code; the connection lives on.
public struct Channel: Sendable {
    public let connection: Connection
    public let number: ChannelNumber

    // MARK: Topology

    /// Declares a durable exchange, or with `passive` only checks that it exists.
    public func declareExchange(_ name: String, kind: String, passive: Bool = false) async throws {
        try await connection.declareExchange(name, kind: kind, passive: passive, on: number)
    }

    /// Declares a queue, or with `passive` only checks that it exists. An exclusive queue goes with the connection.
    ///
    /// - Returns: How many messages wait in it, and how many consumers it has.
    @discardableResult
    public func declareQueue(
        _ name: String, arguments: FieldTable = FieldTable(), durable: Bool = true, exclusive: Bool = false,
        passive: Bool = false
    ) async throws -> QueueStatus {
        try await connection.declareQueue(
            name, arguments: arguments, durable: durable, exclusive: exclusive, passive: passive, on: number)
    }

    public func bindQueue(_ queue: String, to exchange: String, routingKey: String) async throws {
        try await connection.bindQueue(queue, to: exchange, routingKey: routingKey, on: number)
    }

    public func unbindQueue(_ queue: String, from exchange: String, routingKey: String) async throws {
        try await connection.unbindQueue(queue, from: exchange, routingKey: routingKey, on: number)
    }

    public func purgeQueue(_ queue: String) async throws { try await connection.purgeQueue(queue, on: number) }

    public func deleteQueue(_ queue: String) async throws { try await connection.deleteQueue(queue, on: number) }

    // MARK: Consuming

    /// Begins to consume; what arrives goes to `deliveries`, which several consumers may share.
    ///
    /// - Parameter prefetch: How many unacknowledged messages the broker sends ahead; 0 leaves it unbounded, which is
    ///   right only for consumers that do not acknowledge.
    public func consume(
        _ queue: String, prefetch: UInt16, acknowledges: Bool = true, exclusive: Bool = false,
        into deliveries: Deliveries
    ) async throws {
        try await connection.consume(
            queue, prefetch: prefetch, acknowledges: acknowledges, exclusive: exclusive, into: deliveries, on: number)
    }

    /// Acknowledges a delivery; with `multiple` also every earlier one of the channel.
    public func acknowledge(_ tag: UInt64, multiple: Bool = false) async throws {
        try await connection.acknowledge([(number, tag)], multiple: multiple)
    }

    // MARK: Publishing

    /// Asks for confirms. Call once, before the first message.
    ///
    /// - Parameter window: How many messages may be unconfirmed; further ones wait.
    public func enableConfirms(window: Int = 256) async throws {
        try await connection.enableConfirms(window: window, on: number)
    }

    /// Sends messages in order and returns once they are written: at once, or when the window has room and the broker
    /// is not blocking. The receipt tells what becomes of them. Nothing is sent after a message that cannot be.
    public func send(_ publications: [Publication]) async throws -> PublishReceipt {
        try await connection.send(publications, on: number)
    }

    /// Sends a message and waits until the broker has confirmed it.
    ///
    /// - Throws: ``RabbitMQError``: `returned` when no queue is bound, `nacked`, `unsendable`, `channelClosed`,
    ///   `connectionClosed`.
    public func publish(_ publication: Publication) async throws {
        switch try await send([publication]).outcomes().first {
        case .confirmed, nil: return
        case .nacked: throw RabbitMQError(.nacked, "the broker did not take the message")
        case .returned(let code, let text): throw RabbitMQError(.returned, text, replyCode: code)
        case .unsendable(let reason): throw RabbitMQError(.unsendable, reason)
        }
    }

    /// Sends a message on a channel without confirms: it may be lost. Waits while the broker is blocking.
    public func publishUnconfirmed(_ publication: Publication) async throws {
        try await connection.publishUnconfirmed(publication, on: number)
    }

    public func close() async { await connection.closeChannel(number) }
}
