public import Daybook

/// A command of a batch: a line of the request. Its optional members mean what the headers of a single command do.
public struct BatchCommand: APIDocument, Equatable {
    /// A text that the response to the line has too. Nothing is said of two lines with the same one.
    public var ref: String?
    /// The category of the aggregate.
    public var category: String
    /// The id of the aggregate; `nil` for a new one, whose id the writer chooses.
    public var id: String?
    /// The name of the command.
    public var command: String
    /// The payload, a JSON object; `nil` for `{}`.
    public var body: EncodedJSON?
    /// The version at which the stream must be, 0 for a stream that does not exist.
    public var expectedVersion: StreamVersion?
    /// `true` when there must be such a stream, `false` when there must be none.
    public var exists: Bool?
    /// The key under which the command is carried out once only.
    public var idempotencyKey: String?
    /// The person or program on whose behalf the command is sent. It is part of an idempotency key's scope.
    public var actor: String?
    /// The id of what the events belong to.
    public var correlationID: String?
    /// The id of what the events follow from.
    public var causationID: String?
    /// Texts that are kept with the events.
    public var metadata: [String: String]?
    /// W3C trace context; `nil` for that of the request.
    public var traceparent: String?
    /// `true` when members of the payload that the command does not have are dropped, instead of refused.
    public var isLenient: Bool?

    public init(
        ref: String? = nil, category: String, id: String? = nil, command: String, body: EncodedJSON? = nil,
        expectedVersion: StreamVersion? = nil, exists: Bool? = nil, idempotencyKey: String? = nil,
        actor: String? = nil, correlationID: String? = nil, causationID: String? = nil,
        metadata: [String: String]? = nil, traceparent: String? = nil, isLenient: Bool? = nil
    ) {
        self.ref = ref
        self.category = category
        self.id = id
        self.command = command
        self.body = body
        self.expectedVersion = expectedVersion
        self.exists = exists
        self.idempotencyKey = idempotencyKey
        self.actor = actor
        self.correlationID = correlationID
        self.causationID = causationID
        self.metadata = metadata
        self.traceparent = traceparent
        self.isLenient = isLenient
    }

    /// The members on the wire. Whoever refuses the others compares with these.
    package enum CodingKeys: String, CodingKey {
        case ref, category, id, command, body, expectedVersion, exists, idempotencyKey, actor, metadata, traceparent
        case correlationID = "correlationId"
        case causationID = "causationId"
        case isLenient = "lenient"
    }

    public static let example = BatchCommand(
        ref: "row-7", category: "user", id: "ada", command: "change-email",
        body: ExampleValues.json(#"{"newEmail":"ada@example.org"}"#), expectedVersion: 1, exists: true,
        idempotencyKey: "import-7", actor: "grace", correlationID: "import", causationID: "row-7",
        metadata: ["tenant": "acme"], traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        isLenient: false)
}
