/// An event on its way into a store.
public struct NewEvent: Sendable, Hashable {
    /// What other systems are told of it.
    public struct Published: Sendable, Hashable {
        public var type: String
        public var schemaVersion: Int
        public var data: [UInt8]
        /// The members of the data that are personal, see ``DomainEvent/personal``.
        public var personal: Set<String>

        public init(type: String, schemaVersion: Int, data: [UInt8], personal: Set<String> = []) {
            self.type = type
            self.schemaVersion = schemaVersion
            self.data = data
            self.personal = personal
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
    public var tags: [Tag]
    /// The members of the data that are personal, see ``DomainEvent/personal``.
    public var personal: Set<String>

    public init(
        id: EventID, type: String, schemaVersion: Int = 1, occurredAt: Timestamp, data: [UInt8], metadata: [UInt8],
        published: [Published] = [], tags: [Tag] = [], personal: Set<String> = []
    ) {
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.occurredAt = occurredAt
        self.data = data
        self.metadata = metadata
        self.published = published
        self.tags = tags
        self.personal = personal
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
public struct Refusal: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public var code: String
    public var message: String
    /// The values of the failure as a JSON object; `nil` when it has none.
    public var values: String?

    public var description: String { "\(code): \(message)" }

    public init(code: String, message: String, values: String? = nil) {
        self.code = code
        self.message = message
        self.values = values
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
    /// All must hold. They are looked at after idempotency and the expected version.
    public var conditions: [AppendCondition]

    public init(
        stream: StreamName, expected: ExpectedVersion, events: [NewEvent], idempotency: IdempotencyRecord? = nil,
        refusal: Refusal? = nil, conditions: [AppendCondition] = []
    ) {
        self.stream = stream
        self.expected = expected
        self.events = events
        self.idempotency = idempotency
        self.refusal = refusal
        self.conditions = conditions
    }
}

extension [AppendRequest] {
    /// Refuses appends that have an event id twice: an id names one event.
    ///
    /// - Throws: ``AppendError/eventIDReused(_:)``.
    public func refuseRepeatedIDs() throws(AppendError) {
        if count == 1 && self[0].events.count < 2 { return }
        var known: Set<EventID> = []
        for request in self {
            for event in request.events where !known.insert(event.id).inserted { throw .eventIDReused(event.id) }
        }
    }

    /// What a store does first with appends that belong together.
    ///
    /// - Parameter answer: Finds what was answered to one of them before, if anything.
    /// - Returns: The answers, if all were answered before; `nil` if none was.
    /// - Throws: ``AppendError/inconsistent(_:)``; what `answer` throws.
    public func earlierAnswers(_ answer: (AppendRequest) throws -> CommandAnswer?) throws -> [CommandAnswer]? {
        var streams: Set<StreamName> = []
        var earlier: [CommandAnswer] = []
        for request in self {
            guard streams.insert(request.stream).inserted else { throw AppendError.inconsistent(request.stream) }
            if let answer = try answer(request) { earlier.append(answer) }
        }
        if earlier.count == count { return earlier }
        guard let first = earlier.first else { return nil }
        throw AppendError.inconsistent(StreamName(stored: first.stream))
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
    /// The event id belongs to an event of another stream, or to another append, or to two events of this one.
    case eventIDReused(EventID)
    /// The event at this position is one that must not have happened, see ``AppendCondition``.
    case conditionFailed(Position)
    /// Appends that belong together have one stream twice, were answered before only in part, or one has what another
    /// one's condition forbids.
    case inconsistent(StreamName)
    /// The personal data of the stream's subject were destroyed: it takes no more of them.
    case forgotten(StreamName)
    /// No message could carry what is to be published, see ``MessageLimits``.
    case unsendable(String)
    /// Others changed the stream at each attempt to decide on it. Nothing was stored; another attempt may succeed.
    case contended(StreamName)
    /// The store cannot take anything now, or never could take this. Nothing was stored.
    case unavailable(String)

    public var description: String {
        switch self {
        case .conflict(let stream, let expected, let actual):
            "\(stream) is at version \(actual), expected \(expected)"
        case .keyReused: "the idempotency key was used for another request"
        case .eventIDReused(let id): "event id \(id) was used elsewhere"
        case .conditionFailed(let position): "the event at position \(position) came in between"
        case .inconsistent(let stream): "the append to \(stream) does not go together with the others"
        case .forgotten(let stream): "the personal data of \(stream) were destroyed"
        case .unsendable(let reason): "the event could not be sent to others: \(reason)"
        case .contended(let stream): "\(stream) is changed by too many at once"
        case .unavailable(let reason): "the store cannot append: \(reason)"
        }
    }
}
