/// The reason why an event came to be: who asked, and in which conversation. Travels with the event everywhere.
public struct EventMetadata: Codable, Sendable, Hashable {
    /// The same for everything that one outside request set off.
    public var correlationID: String
    /// The id of the request or event that this one follows from.
    public var causationID: String?
    /// The actor that asked.
    public var actor: String?
    /// W3C trace context of the request.
    public var traceparent: String?
    /// The id of the event that this one undoes.
    public var compensates: String?
    /// The values that the caller wants to be kept with the event, such as its tenant. It has no meaning here.
    public var custom: [String: String]

    public init(
        correlationID: String, causationID: String? = nil, actor: String? = nil, traceparent: String? = nil,
        compensates: String? = nil, custom: [String: String] = [:]
    ) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.actor = actor
        self.traceparent = traceparent
        self.compensates = compensates
        self.custom = custom
    }

    /// A conversation that begins here.
    public static func new() -> EventMetadata { EventMetadata(correlationID: UniqueID.new().description) }

    enum CodingKeys: String, CodingKey {
        case correlationID = "correlationId"
        case causationID = "causationId"
        case actor, traceparent, compensates, custom
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        correlationID = try container.decode(String.self, forKey: .correlationID)
        causationID = try container.decodeIfPresent(String.self, forKey: .causationID)
        actor = try container.decodeIfPresent(String.self, forKey: .actor)
        traceparent = try container.decodeIfPresent(String.self, forKey: .traceparent)
        compensates = try container.decodeIfPresent(String.self, forKey: .compensates)
        custom = try container.decodeIfPresent([String: String].self, forKey: .custom) ?? [:]
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(correlationID, forKey: .correlationID)
        try container.encodeIfPresent(causationID, forKey: .causationID)
        try container.encodeIfPresent(actor, forKey: .actor)
        try container.encodeIfPresent(traceparent, forKey: .traceparent)
        try container.encodeIfPresent(compensates, forKey: .compensates)
        if !custom.isEmpty { try container.encode(custom, forKey: .custom) }
    }

    /// The bytes as stored.
    public func encoded() throws -> [UInt8] {
        guard custom.isEmpty else { return try JSON.encode(self) }
        var json = PlainJSON()
        // In the order of the keys, as everywhere.
        json.member("actor", actor)
        json.member("causationId", causationID)
        json.member("compensates", compensates)
        json.member("correlationId", correlationID)
        json.member("traceparent", traceparent)
        return try json.finished() ?? JSON.encode(self)
    }

    /// - Throws: `DecodingError`.
    public init(decoding bytes: [UInt8]) throws {
        guard let members = PlainJSON.members(of: bytes), let correlation = members["correlationId"] else {
            self = try JSON.decode(Self.self, from: bytes)
            return
        }
        self.init(
            correlationID: correlation, causationID: members["causationId"], actor: members["actor"],
            traceparent: members["traceparent"], compensates: members["compensates"])
    }
}
