/// A message: its basic properties and its body.
public struct Message: Sendable, Hashable {
    public var contentType: String?
    public var messageID: String?
    public var correlationID: String?
    public var replyTo: String?
    /// The time for which the broker keeps the message in a queue, in milliseconds.
    public var expirationMilliseconds: Int?
    /// Seconds since 1970.
    public var timestamp: UInt64?
    public var isPersistent: Bool
    public var headers: FieldTable
    public var body: [UInt8]

    public init(
        body: [UInt8], contentType: String? = nil, messageID: String? = nil, correlationID: String? = nil,
        replyTo: String? = nil, expirationMilliseconds: Int? = nil, timestamp: UInt64? = nil,
        isPersistent: Bool = false, headers: FieldTable = FieldTable()
    ) {
        self.body = body
        self.contentType = contentType
        self.messageID = messageID
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expirationMilliseconds = expirationMilliseconds
        self.timestamp = timestamp
        self.isPersistent = isPersistent
        self.headers = headers
    }
}

/// A message on its way out: where to, and how.
public struct Publication: Sendable {
    public var exchange: String
    public var routingKey: String
    /// `true` when the broker must hand the message back when no queue is bound for it.
    public var isMandatory: Bool
    public var message: Message

    public init(exchange: String, routingKey: String, isMandatory: Bool = true, message: Message) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.isMandatory = isMandatory
        self.message = message
    }
}

/// A message that came from a queue.
public struct Delivery: Sendable {
    /// The channel it came on: ``tag`` counts there.
    public let channel: ChannelNumber
    public let tag: UInt64
    public let isRedelivered: Bool
    public let exchange: String
    public let routingKey: String
    public let message: Message
    /// Bytes in the body as published. More than `message.body.count` when the body was over the connection's limit,
    /// in which case only its beginning was kept.
    public let bodySize: Int

    public var isTruncated: Bool { bodySize > message.body.count }
}

/// Names a channel inside its connection.
public struct ChannelNumber: Hashable, Sendable, Comparable {
    let rawValue: UInt16

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
