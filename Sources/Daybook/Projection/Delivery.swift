/// A message as it came from the broker: read as far as it could be.
public struct IncomingMessage: Sendable {
    public enum Content: Sendable {
        case entry(Source, Epoch, LogEntry)
        /// The reason why it cannot be read.
        case unreadable(String)
    }

    public var receipt: Receipt
    public var content: Content
    /// The message as it came, to be kept when it turns out to be of no use.
    public var raw: RawMessage

    public init(receipt: Receipt, content: Content, raw: RawMessage) {
        self.receipt = receipt
        self.content = content
        self.raw = raw
    }
}

/// The raw parts of a message.
public struct RawMessage: Sendable {
    /// Its body, or the beginning of one that was too large.
    public var body: [UInt8]
    public var bodySize: Int
    private let describe: @Sendable () -> String

    /// - Parameter attributes: Gives the message's attributes as JSON. Asked only when the message is kept.
    public init(body: [UInt8], bodySize: Int, attributes: @escaping @Sendable () -> String) {
        self.body = body
        self.bodySize = bodySize
        describe = attributes
    }

    /// The message's attributes as JSON.
    public var attributes: String { describe() }
}

/// The receipt that acknowledges a message. Receipts of one partition and session count upwards.
public struct Receipt: Sendable, Hashable {
    public var session: UInt64
    public var partition: Partition
    public var tag: UInt64

    public init(session: UInt64, partition: Partition, tag: UInt64) {
        self.session = session
        self.partition = partition
        self.tag = tag
    }
}

/// A message that could not be posted, as a read model keeps it.
public struct UnreadableMessage: Sendable {
    public var partition: Partition
    public var reason: String
    public var raw: RawMessage

    public init(partition: Partition, reason: String, raw: RawMessage) {
        self.partition = partition
        self.reason = reason
        self.raw = raw
    }

    /// `true` when it names a stream.
    package func isOf(_ stream: StreamName) -> Bool { raw.attributes.contains(Self.mark(of: stream)) }

    /// The text in the attributes of a message that names a stream.
    package static func mark(of stream: StreamName) -> String { "\"\(stream)\"" }
}
