public import Daybook
public import Logging
import RabbitMQ

/// A RabbitMQ broker as Daybook uses it: makes the four ends of the way of a fact, each with a connection of its own.
public struct Broker: Sendable, CustomStringConvertible {
    private let options: ConnectionOptions
    private let declaration: Topology.Declaration
    private let logger: Logger

    /// - Parameters:
    ///   - url: `amqp://` or `amqps://`.
    ///   - password: Replaces the URL's, if given.
    ///   - name: Shown in the broker's list of connections.
    /// - Throws: ``BrokerURLError``.
    public init(
        url: String, password: String? = nil, name: String, declaration: Topology.Declaration = .declare,
        logger: Logger
    ) throws {
        var options: ConnectionOptions
        do { options = try ConnectionOptions(url: url) } catch { throw BrokerURLError(description: error.message) }
        if let password { options.password = password }
        options.name = name
        self.options = options
        self.declaration = declaration
        self.logger = logger
    }

    /// Without the password.
    public var description: String { options.description }

    public func publisher(source: Source, epoch: Epoch, window: Int = 256) -> RabbitMQPublisher {
        RabbitMQPublisher(
            options: options, source: source, epoch: epoch, window: window, declaration: declaration, logger: logger)
    }

    public func subscription(
        projection: String, partitionCount: Int, prefetch: UInt16 = 300, share: PartitionShare = .whole
    ) -> RabbitMQSubscription {
        var options = options
        // What is larger is kept as unreadable, and posted from history should it be an event.
        options.maximumBodyBytes = 4 << 20
        return RabbitMQSubscription(
            options: options, projection: projection, partitionCount: partitionCount, prefetch: prefetch,
            share: share, declaration: declaration, logger: logger)
    }

    public func historyServer(log: any IntegrationLog, source: Source) -> HistoryServer {
        HistoryServer(log: log, source: source, options: options, declaration: declaration, logger: logger)
    }

    public func historyClient() -> HistoryClient {
        HistoryClient(options: options, declaration: declaration, logger: logger)
    }
}

/// A broker URL that cannot be used. Says what is wrong without repeating it.
public struct BrokerURLError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
