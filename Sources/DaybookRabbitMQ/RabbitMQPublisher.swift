public import Daybook
public import Logging
public import RabbitMQ

/// The relay's way to the broker: one connection that only publishes, persistent, mandatory and confirmed.
public struct RabbitMQPublisher: Publisher {
    private let options: ConnectionOptions
    private let source: Source
    private let epoch: Epoch
    private let window: Int
    private let declaration: Topology.Declaration
    private let logger: Logger

    public init(
        options: ConnectionOptions, source: Source, epoch: Epoch, window: Int = 256,
        declaration: Topology.Declaration = .declare, logger: Logger
    ) {
        self.options = options
        self.source = source
        self.epoch = epoch
        self.window = window
        self.declaration = declaration
        self.logger = logger
    }

    public func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws {
        try await withReconnectingConnection(options, logger: logger) { connection in
            let channel = try await connection.openChannel()
            try await Topology.establishEvents(on: channel, declaration)
            try await channel.enableConfirms(window: window)
            try await body(Session(channel: channel, source: source, epoch: epoch))
            try Task.checkCancellation()
        }
    }

    private struct Session: PublisherSession {
        let channel: Channel
        let source: Source
        let epoch: Epoch

        func send(_ entries: [LogEntry]) async throws -> any PendingPublication {
            let publications = try entries.map { entry in
                Publication(
                    exchange: Topology.eventsExchange, routingKey: Topology.routingKey(entry),
                    message: try CloudEvent(source: source, epoch: epoch, entry: entry).message())
            }
            return Pending(receipt: try await channel.send(publications))
        }

        func untilEnded() async throws {
            for await event in channel.connection.events {
                if case .closed(let error) = event { throw error }
            }
        }
    }

    private struct Pending: PendingPublication {
        let receipt: PublishReceipt

        func outcomes() async throws -> [PublicationOutcome] {
            try await receipt.outcomes().map { outcome in
                switch outcome {
                case .confirmed: .confirmed
                case .returned: .unroutable
                case .nacked: .refused
                }
            }
        }
    }
}
