public import Daybook
public import Logging
public import RabbitMQ
public import ServiceLifecycle
import Synchronization

/// Asks writers for their history over a connection of its own; answers come by direct reply-to.
public final class HistoryClient: History, Service {
    private struct State {
        var channel: Channel?
        var open: [String: AsyncThrowingStream<Delivery, any Error>.Continuation] = [:]
    }

    private let options: ConnectionOptions
    private let declaration: Topology.Declaration
    private let timeout: Duration
    private let logger: Logger
    private let state = Mutex(State())
    private let connected = Signal()

    /// - Parameter timeout: How long a request waits for its answer, in the queue and on the way.
    public init(
        options: ConnectionOptions, declaration: Topology.Declaration = .declare, timeout: Duration = .seconds(10),
        logger: Logger
    ) {
        self.options = options
        self.declaration = declaration
        self.timeout = timeout
        self.logger = logger
    }

    public func run() async throws {
        try await untilCancelled {
            try await withReconnectingConnection(self.options, logger: self.logger) { connection in
                defer { self.disconnected() }
                let channel = try await connection.openChannel()
                try await Topology.establishHistory(on: channel, self.declaration)
                let answers = Deliveries()
                try await channel.enableConfirms()
                try await channel.consume("amq.rabbitmq.reply-to", prefetch: 0, acknowledges: false, into: answers)
                self.state.withLock { $0.channel = channel }
                self.connected.fire()
                while let chunk = try await answers.next() {
                    for answer in chunk { self.deliver(answer) }
                }
                try Task.checkCancellation()
            }
        }
    }

    public func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        let request = HistoryFrame.Request(partition: partition, after: offset, limit: limit)
        let id = UniqueID.new().description
        let milliseconds = Int(timeout / .milliseconds(1))
        let message = Message(
            body: HistoryFrame.encode(request), messageID: id, correlationID: id, replyTo: "amq.rabbitmq.reply-to",
            expirationMilliseconds: milliseconds)
        let answer = try await withThrowingTaskGroup(of: Delivery?.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                guard let channel = await self.connectedChannel() else { return nil }
                let answers = self.expect(id)
                defer { self.forget(id) }
                try await Self.send(message, to: source, on: channel)
                for try await answer in answers { return answer }
                return nil
            }
            tasks.addTask {
                try await Task.sleep(for: self.timeout)
                return nil
            }
            return try await tasks.next() ?? nil
        }
        guard let answer else { throw HistoryError("\(source) did not answer within \(timeout)") }
        guard answer.message.contentType != "text/plain" else {
            throw HistoryError(String(decoding: answer.message.body, as: UTF8.self))
        }
        return try HistoryFrame.decodeAnswer(answer.message.body)
    }

    /// Mandatory and confirmed: a writer that never ran here is known at once, not after the timeout.
    private static func send(_ message: Message, to source: Source, on channel: Channel) async throws {
        do {
            try await channel.publish(
                Publication(exchange: Topology.historyExchange, routingKey: source.description, message: message))
        } catch let error as RabbitMQError where error.code == .returned {
            throw HistoryError("no writer named \(source) has been seen by the broker")
        } catch let error as RabbitMQError {
            throw HistoryError("\(source) could not be asked: \(error)")
        }
    }

    /// The channel, as soon as there is one; `nil` when the task is cancelled.
    private func connectedChannel() async -> Channel? {
        for await _ in connected.listen() {
            if let channel = state.withLock({ $0.channel }) { return channel }
        }
        return nil
    }

    private func expect(_ id: String) -> AsyncThrowingStream<Delivery, any Error> {
        let (answers, continuation) = AsyncThrowingStream.makeStream(of: Delivery.self)
        state.withLock { $0.open[id] = continuation }
        return answers
    }

    private func forget(_ id: String) { state.withLock { _ = $0.open.removeValue(forKey: id) } }

    private func deliver(_ answer: Delivery) {
        state.withLock { $0.open[answer.message.correlationID ?? ""] }?.yield(answer)
    }

    private func disconnected() {
        let open = state.withLock { state in
            defer { state = State() }
            return state.open
        }
        for continuation in open.values {
            continuation.finish(throwing: HistoryError("the connection to the broker was lost"))
        }
    }
}
