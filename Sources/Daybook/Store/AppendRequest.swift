/// An event on its way into a store.
public struct NewEvent: Sendable, Hashable {
    /// What other systems are told of it.
    public struct Published: Sendable, Hashable {
        public var type: String
        public var schemaVersion: Int
        public var data: [UInt8]

        public init(type: String, schemaVersion: Int, data: [UInt8]) {
            self.type = type
            self.schemaVersion = schemaVersion
            self.data = data
        }
    }

    public var id: EventID
    public var type: String
    public var schemaVersion: Int
    public var occurredAt: Timestamp
    /// JSON.
    public var data: [UInt8]
    /// JSON, see ``EventMetadata``.
    public var metadata: [UInt8]
    public var published: [Published]

    public init(
        id: EventID, type: String, schemaVersion: Int = 1, occurredAt: Timestamp, data: [UInt8], metadata: [UInt8],
        published: [Published] = []
    ) {
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.occurredAt = occurredAt
        self.data = data
        self.metadata = metadata
        self.published = published
    }
}

/// What a writer takes a stream to be before it appends.
public enum ExpectedVersion: Sendable, Hashable {
    case any
    case noStream
    case streamExists
    case exactly(StreamVersion)

    public func accepts(_ actual: StreamVersion) -> Bool {
        switch self {
        case .any: true
        case .noStream: actual == .zero
        case .streamExists: actual > .zero
        case .exactly(let version): actual == version
        }
    }
}

/// A command that is answered once, however often it is sent.
public struct IdempotencyRecord: Sendable, Hashable {
    /// Who asked, for what, with which key.
    public var key: String
    /// Tells whether it is the same command again.
    public var requestHash: [UInt8]

    public init(actor: String, route: String, key: String, requestHash: [UInt8]) {
        // Length-prefixed, so that no two scopes share a text.
        self.key = [actor, route, key].map { "\($0.utf8.count):\($0)" }.joined()
        self.requestHash = requestHash
    }
}

/// A domain's no.
public struct Refusal: Sendable, Hashable, Codable {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// Events for one stream, all or none, together with the answer to remember.
public struct AppendRequest: Sendable {
    public var stream: StreamName
    public var expected: ExpectedVersion
    public var events: [NewEvent]
    public var idempotency: IdempotencyRecord?
    /// Set when the domain refused: there are no events, but an answer to remember.
    public var refusal: Refusal?

    public init(
        stream: StreamName, expected: ExpectedVersion, events: [NewEvent], idempotency: IdempotencyRecord? = nil,
        refusal: Refusal? = nil
    ) {
        self.stream = stream
        self.expected = expected
        self.events = events
        self.idempotency = idempotency
        self.refusal = refusal
    }
}

/// What became of a command.
public struct CommandAnswer: Sendable, Hashable, Codable {
    public var stream: String
    /// The stream's version after it.
    public var version: StreamVersion
    /// The position of its last event; `nil` when nothing changed.
    public var position: Position?
    /// The last integration event that it published, if any.
    public var published: LogPlace?
    /// Set when the domain refused.
    public var refusal: Refusal?
    /// Whether this was answered before and nothing happened this time.
    public var isRepeated = false

    public init(
        stream: StreamName, version: StreamVersion, position: Position? = nil, published: LogPlace? = nil,
        refusal: Refusal? = nil
    ) {
        self.stream = stream.description
        self.version = version
        self.position = position
        self.published = published
        self.refusal = refusal
    }
}

/// A place in an integration log.
public struct LogPlace: Sendable, Hashable, Codable {
    public var partition: Partition
    public var offset: Offset

    public init(partition: Partition, offset: Offset) {
        self.partition = partition
        self.offset = offset
    }
}

/// Why an append was not made.
public enum AppendError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stream is not what the writer took it to be.
    case conflict(StreamName, expected: ExpectedVersion, actual: StreamVersion)
    /// The idempotency key was used for another command.
    case keyReused
    /// The event id belongs to an event of another stream, or to another append.
    case eventIDReused(EventID)
    /// The store cannot take anything now, or never could take this. Nothing was stored.
    case unavailable(String)

    public var description: String {
        switch self {
        case .conflict(let stream, let expected, let actual):
            "\(stream) is at version \(actual), expected \(expected)"
        case .keyReused: "the idempotency key was used for another request"
        case .eventIDReused(let id): "event id \(id) was used elsewhere"
        case .unavailable(let reason): "the store cannot append: \(reason)"
        }
    }
}
