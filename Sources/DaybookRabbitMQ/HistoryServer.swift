public import Daybook
public import Logging
public import RabbitMQ
public import ServiceLifecycle

/// Answers history requests from a writer's log, over a connection of its own.
///
/// Its queue has one consumer. A second writer with the same source does not get it, and tries again and again.
public struct HistoryServer: Service {
    private let log: any IntegrationLog
    private let source: Source
    private let options: ConnectionOptions
    private let declaration: Topology.Declaration
    private let logger: Logger

    public init(
        log: any IntegrationLog, source: Source, options: ConnectionOptions,
        declaration: Topology.Declaration = .declare, logger: Logger
    ) {
        self.log = log
        self.source = source
        self.options = options
        self.declaration = declaration
        self.logger = logger
    }

    public func run() async throws {
        try await untilCancelled {
            try await withReconnectingConnection(options, logger: logger) { connection in
                let channel = try await connection.openChannel()
                try await Topology.establishHistory(on: channel, declaration)
                try await Topology.establishHistoryQueue(of: source, on: channel, declaration)
                let requests = Deliveries()
                try await channel.consume(
                    Topology.historyQueue(source), prefetch: 16, exclusive: true, into: requests)
                while let chunk = try await requests.next() {
                    for request in chunk { try await answer(request, on: channel) }
                }
                try Task.checkCancellation()
            }
        }
    }

    private func answer(_ delivery: Delivery, on channel: Channel) async throws {
        try await channel.acknowledge(delivery.tag)
        // Only to direct reply-to: a writer may write to every queue, and whoever asks may not.
        guard let replyTo = delivery.message.replyTo, replyTo.hasPrefix("amq.rabbitmq.reply-to.") else { return }
        do {
            let request = try HistoryFrame.decodeRequest(delivery.message.body)
            let (slice, answer) = try await collect(request)
            let body = answer.bytes(slice, request.partition)
            try await reply(body, "application/octet-stream", to: replyTo, delivery, channel)
        } catch let error where !(error is RabbitMQError) {
            // A request that makes no sense, or a log that cannot be read now: the asker is told, and asks again.
            try await reply(Array("\(error)".utf8), "text/plain", to: replyTo, delivery, channel)
        }
    }

    /// Reads what is asked for, or one entry where something among many cannot be read: what is before it is not kept
    /// back by it.
    private func collect(_ request: HistoryFrame.Request) async throws -> (LogSlice, HistoryAnswer) {
        func collect(limit: Int) async throws -> (LogSlice, HistoryAnswer) {
            try await log.collect(
                request.partition, after: request.after, limit: limit, maximumBytes: LocalHistory.answerBytes,
                into: HistoryAnswer(capacity: min(limit << 9, LocalHistory.answerBytes)))
        }
        do {
            return try await collect(limit: request.limit)
        } catch {
            guard request.limit > 1 else { throw error }
            return try await collect(limit: 1)
        }
    }

    private func reply(
        _ body: [UInt8], _ type: String, to replyTo: String, _ request: Delivery, _ channel: Channel
    ) async throws {
        let message = Message(body: body, contentType: type, correlationID: request.message.correlationID)
        try await channel.publishUnconfirmed(
            Publication(exchange: "", routingKey: replyTo, isMandatory: false, message: message))
    }
}
