/// An error between this process and the broker.
///
/// Switch on ``code``. The description never contains a password.
public struct RabbitMQError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure, each to be met in its own way.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// A URL or option that cannot be used.
        public static let invalidConfiguration = Code(description: "invalid-configuration")
        /// The broker could not be reached, or refused the TLS handshake.
        public static let connectFailed = Code(description: "connect-failed")
        /// The broker refused the user, the password or the virtual host.
        public static let authenticationFailed = Code(description: "authentication-failed")
        /// The connection ended: by the broker, the network, a missed heartbeat or ``Connection/close()``.
        public static let connectionClosed = Code(description: "connection-closed")
        /// The broker closed the channel, see ``RabbitMQError/replyCode``; the connection lives on.
        public static let channelClosed = Code(description: "channel-closed")
        /// The broker cancelled the consumer, usually because its queue was deleted.
        public static let consumerCancelled = Code(description: "consumer-cancelled")
        /// No queue is bound for the routing key of a mandatory message.
        public static let returned = Code(description: "returned")
        /// The broker refused to take responsibility for a message.
        public static let nacked = Code(description: "nacked")
        /// The message does not fit into the frames before its body. It was not sent, and the connection lives on.
        public static let unsendable = Code(description: "unsendable")
        /// The broker did not answer in time.
        public static let timedOut = Code(description: "timed-out")
    }

    public let code: Code
    public let message: String
    /// The AMQP reply code (for example 404, 406), where the broker gave one.
    public let replyCode: Int?

    public init(_ code: Code, _ message: String, replyCode: Int? = nil) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
    }

    public var description: String {
        replyCode.map { "\(code): \(message) (AMQP \($0))" } ?? "\(code): \(message)"
    }

    /// The most bytes of a body that the broker takes, where it closed the channel over a larger one.
    public var bodyLimit: Int? {
        guard code == .channelClosed, replyCode == 406, message.contains("message size") else { return nil }
        return message.split { !$0.isASCII || !$0.isNumber }.last.flatMap { Int($0) }
    }

    /// `true` when the connection itself is gone, so that only a new one helps.
    public var endsConnection: Bool {
        code == .connectionClosed || code == .connectFailed || code == .authenticationFailed || code == .timedOut
    }
}
