public import Daybook
public import Logging
public import RabbitMQ
import Synchronization

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

    /// A broker closes the channel over a message that is too large for it. The next session knows its limit, and ends
    /// only with its connection; the one after it asks the broker again.
    public func withSessions(_ body: @Sendable (any PublisherSession) async throws -> Void) async throws {
        let learnedLimit = Mutex<Int?>(nil)
        try await withReconnectingConnection(options, logger: logger) { connection in
            let limit = learnedLimit.withLock { limit in
                defer { limit = nil }
                return limit
            }
            let channel = try await connection.openChannel()
            try await Topology.establishEvents(on: channel, declaration)
            try await channel.enableConfirms(window: window)
            do {
                try await body(Session(channel: channel, source: source, epoch: epoch, bodyLimit: limit))
            } catch let error as RabbitMQError {
                learnedLimit.withLock { $0 = error.bodyLimit }
                throw error
            }
            try Task.checkCancellation()
        }
    }

    private struct Session: PublisherSession {
        let channel: Channel
        let source: Source
        let epoch: Epoch
        /// The most bytes of data that the broker is known to take.
        let bodyLimit: Int?

        func send(_ entries: [LogEntry]) async throws -> any PendingPublication {
            var publications: [Publication] = []
            publications.reserveCapacity(entries.count)
            var obstacle: String?
            for entry in entries {
                do throws(Obstacle) {
                    publications.append(try publication(of: entry))
                } catch {
                    obstacle = error.reason
                    break
                }
            }
            return Pending(receipt: try await channel.send(publications), entries: entries, obstacle: obstacle)
        }

        private func publication(of entry: LogEntry) throws(Obstacle) -> Publication {
            if let bodyLimit, entry.data.count > bodyLimit {
                throw Obstacle(reason: "the broker takes messages of \(bodyLimit) bytes (max_message_size)")
            }
            guard let message = try? CloudEvent(source: source, epoch: epoch, entry: entry).message() else {
                throw Obstacle(reason: "its metadata cannot be read")
            }
            return Publication(
                exchange: Topology.eventsExchange, routingKey: Topology.routingKey(entry), message: message)
        }

        func untilEnded() async throws {
            for await event in channel.connection.events {
                if case .closed(let error) = event { throw error }
            }
        }
    }

    /// The reason why no message can carry an entry.
    private struct Obstacle: Error {
        let reason: String
    }

    private struct Pending: PendingPublication {
        let receipt: PublishReceipt
        /// What was to be sent. Of the first that was not, there is no receipt, but the obstacle.
        let entries: [LogEntry]
        let obstacle: String?

        func outcomes() async throws -> [PublicationOutcome] {
            let sent = try await receipt.outcomes()
            var outcomes = zip(entries, sent).map { entry, outcome -> PublicationOutcome in
                switch outcome {
                case .confirmed: .confirmed
                case .returned: .unroutable
                case .nacked: .refused
                case .unsendable(let reason): unsendable(entry, reason)
                }
            }
            if let obstacle { outcomes.append(unsendable(entries[sent.count], obstacle)) }
            return outcomes
        }

        private func unsendable(_ entry: LogEntry, _ reason: String) -> PublicationOutcome {
            .unsendable("\(entry.type) \(entry.id) of \(entry.data.count) bytes cannot be sent: \(reason)")
        }
    }
}
