/// Why an event came to be: who asked, and in which conversation. Travels with the event everywhere.
public struct EventMetadata: Codable, Sendable, Hashable {
    /// The same for everything that one outside request set off.
    public var correlationID: String
    /// The id of the request or event that this one follows from.
    public var causationID: String?
    /// Who asked.
    public var actor: String?
    /// W3C trace context of the request.
    public var traceparent: String?
    /// The id of the event that this one undoes.
    public var compensates: String?

    public init(
        correlationID: String, causationID: String? = nil, actor: String? = nil, traceparent: String? = nil,
        compensates: String? = nil
    ) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.actor = actor
        self.traceparent = traceparent
        self.compensates = compensates
    }

    /// A conversation that begins here.
    public static func new() -> EventMetadata { EventMetadata(correlationID: UniqueID.new().description) }

    enum CodingKeys: String, CodingKey {
        case correlationID = "correlationId"
        case causationID = "causationId"
        case actor, traceparent, compensates
    }

    /// The bytes as stored.
    public func encoded() throws -> [UInt8] {
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
