import Foundation

/// Any JSON value, for showing what only the domain understands.
enum JSON: Codable, Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The value read from text, or `nil` if that is not JSON.
    init?(text: String) {
        guard let value = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    /// What a value is in JSON.
    ///
    /// - Throws: `EncodingError`.
    init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSON.self, from: JSONEncoder().encode(value))
    }

    /// The members of an object that differ, by name; one that is missing is null.
    func changes(to later: JSON) -> [(member: String, from: JSON, to: JSON)] {
        guard case .object(let before) = self, case .object(let after) = later else {
            return self == later ? [] : [("", self, later)]
        }
        return Set(before.keys).union(after.keys).sorted().compactMap { member in
            let (from, to) = (before[member] ?? .null, after[member] ?? .null)
            return from == to ? nil : (member, from, to)
        }
    }

    /// The value as text with its keys in order: on one line, or indented over several.
    func text(isIndented: Bool = false) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        // What came out of JSON always has a JSON form.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}

extension Decodable {
    /// The value in an answer of a daemon.
    ///
    /// - Throws: `ClientError` if there is none.
    static func read(_ text: String, from endpoint: Endpoint) throws -> Self {
        do {
            return try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            let start = text.count > 60 ? text.prefix(60) + "…" : text[...]
            throw ClientError.unexpectedAnswer(
                from: endpoint.title, reason: "expected JSON for \(Self.self), found \"\(printable(start))\"")
        }
    }
}
