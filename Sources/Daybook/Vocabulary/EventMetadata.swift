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
    public func encoded() throws -> [UInt8] {
        var json = PlainJSON()
        // In the order of the keys, as everywhere.
        json.member("actor", actor)
        json.member("causationId", causationID)
        json.member("correlationId", correlationID)
        json.member("traceparent", traceparent)
        return try json.finished() ?? JSON.encode(self)
    }

    public init(decoding bytes: [UInt8]) throws { self = try JSON.decode(Self.self, from: bytes) }
}

/// An object of texts that need no escapes, written without an encoder: every event has one.
private struct PlainJSON {
    private var bytes: [UInt8] = []
    private var isPlain = true

    init() { bytes.reserveCapacity(256) }

    mutating func member(_ name: StaticString, _ value: String?) {
        guard var value else { return }
        bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "\""))
        bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { text in
            isPlain = isPlain && text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            bytes += text
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// - Returns: `nil` when something would have to be escaped.
    consuming func finished() -> [UInt8]? { isPlain ? bytes + [UInt8(ascii: "}")] : nil }
}

/// JSON as Daybook writes it: keys sorted, slashes plain, so that equal values are equal bytes.
public enum JSON {
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBytes { document in
            try JSONTape.reading(document) { try JSONValueDecoder(tape: $0, index: 0).decode(type) }
        }
    }
}
