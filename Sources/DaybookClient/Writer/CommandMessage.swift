public import Daybook
import DaybookAPI

/// A command to an aggregate, as it is sent to a writer.
///
/// Texts for headers (``idempotencyKey``, ``actor`` and the others) have 1 to 200 bytes and no control characters.
public struct CommandMessage: Sendable, Hashable {
    /// The category of the aggregate.
    public var category: StreamCategory
    /// The id of the aggregate; `nil` for a new one, whose id the writer chooses.
    public var id: String?
    /// The name of the command, such as `change-email`.
    public var name: String
    /// The payload: a JSON object, which is sent byte for byte.
    public var body: EncodedJSON
    /// The state in which the stream must be. In any other the command is refused with `version-mismatch`.
    public var expected: ExpectedVersion = .any
    /// The key under which the command is carried out once only. Sent again with the same body, it has the first
    /// response again.
    public var idempotencyKey: String?
    /// The person or program on whose behalf the command is sent. It is part of an idempotency key's scope.
    public var actor: String?
    /// The id of what the events belong to; the writer makes one if it is `nil`.
    public var correlationID: String?
    /// The id of what the events follow from; the idempotency key if it is `nil`.
    public var causationID: String?
    /// Texts that are kept with the events and sent with them.
    public var metadata: [String: String] = [:]
    /// W3C trace context.
    public var traceparent: String?
    /// `true` when members that the command does not have are dropped, instead of refused.
    public var isLenient = false

    /// A command with a payload that is encoded already; without one, `{}`.
    public init(
        _ name: String, to category: StreamCategory, id: String? = nil,
        body: EncodedJSON = EncodedJSON(Array("{}".utf8))
    ) {
        self.category = category
        self.id = id
        self.name = name
        self.body = body
    }

    /// A command with a payload that is encoded to a JSON object, such as a `JSONData` or a dictionary.
    ///
    /// - Throws: `EncodingError`.
    public init(
        _ name: String, to category: StreamCategory, id: String? = nil, payload: some Encodable
    ) throws {
        self.init(name, to: category, id: id, body: EncodedJSON(try JSON.encode(payload)))
    }

    /// A command of a domain, a case of an enum with labelled payloads: the case's coding key is its name.
    ///
    /// - Throws: `EncodingError`, also for a value of another kind.
    public init(encoding command: some Encodable, to category: StreamCategory, id: String? = nil) throws {
        let (name, payload) = try TaggedJSON.encode(command)
        self.init(name, to: category, id: id, body: EncodedJSON(payload))
    }

    /// The request that carries the command.
    var request: DaemonRequest {
        let category = "{category}"
        let operation = id == nil ? WriterAPI.creation(in: category) : WriterAPI.command(in: category)
        var names = ["category": self.category.description, "command": name]
        names["id"] = id
        return DaemonRequest(operation, names: names, headers: headers, body: body.bytes)
    }

    private var headers: [APIHeader: String] {
        var headers: [APIHeader: String] = [:]
        switch expected {
        case .any: break
        case .noStream: headers[.ifNoneMatch] = "*"
        case .streamExists: headers[.ifMatch] = "*"
        case .exactly(let version): headers[.ifMatch] = "\"\(version)\""
        }
        headers[.idempotencyKey] = idempotencyKey
        headers[.actor] = actor
        headers[.correlationID] = correlationID
        headers[.causationID] = causationID
        headers[.traceparent] = traceparent
        if !metadata.isEmpty { headers[.metadata] = JSONData.object(metadata.mapValues { .text($0) }).line }
        if isLenient { headers[.prefer] = "handling=lenient" }
        return headers
    }
}
