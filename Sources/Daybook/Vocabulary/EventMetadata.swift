import Foundation

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

    public init(
        correlationID: String, causationID: String? = nil, actor: String? = nil, traceparent: String? = nil
    ) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.actor = actor
        self.traceparent = traceparent
    }

    /// A conversation that begins here.
    public static func new() -> EventMetadata { EventMetadata(correlationID: UniqueID.new().description) }

    enum CodingKeys: String, CodingKey {
        case correlationID = "correlationId"
        case causationID = "causationId"
        case actor, traceparent
    }

    /// The bytes as stored.
    public func encoded() throws -> [UInt8] { try JSON.encode(self) }

    public init(decoding bytes: [UInt8]) throws { self = try JSON.decode(Self.self, from: bytes) }
}

/// JSON as Daybook writes it: keys sorted, slashes plain, so that equal values are equal bytes.
public enum JSON {
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
