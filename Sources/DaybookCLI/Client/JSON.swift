import Daybook

/// Any JSON value, for showing what only the domain understands. Numbers keep the digits that they were written with.
typealias JSON = JSONData

extension JSONData {
    static func string(_ text: String) -> JSONData { .text(text) }
    static func integer(_ value: Int) -> JSONData { .number(String(value)) }

    /// The value read from text, or `nil` if that is not JSON.
    init?(text: String) {
        guard let value = try? Array(text.utf8).withUnsafeBytes({ try JSONData($0) }) else { return nil }
        self = value
    }

    /// What a value is in JSON.
    ///
    /// - Throws: `EncodingError`.
    init(encoding value: some Encodable) throws {
        self = try Daybook.JSON.encode(value).withUnsafeBytes { try JSONData($0) }
    }

    /// The members of an object that differ, by name; one that is missing is null.
    func changes(to later: JSON) -> [(member: String, from: JSON, to: JSON)] {
        guard case .object(let before) = self, case .object(let after) = later else {
            return bytes == later.bytes ? [] : [("", self, later)]
        }
        return Set(before.keys).union(after.keys).sorted().compactMap { member in
            let (from, to) = (before[member] ?? .null, after[member] ?? .null)
            // Texts that are composed in another way are others.
            return from.bytes == to.bytes ? nil : (member, from, to)
        }
    }

    /// The value as text with its keys in order: on one line, or indented over several.
    func text(isIndented: Bool = false) -> String { isIndented ? indented : line }
}

extension Decodable {
    /// The value in an answer of a daemon.
    ///
    /// - Throws: `ClientError` if there is none.
    static func read(_ text: String, from endpoint: Endpoint) throws -> Self {
        do {
            return try Daybook.JSON.decode(Self.self, from: Array(text.utf8))
        } catch {
            let start = text.count > 60 ? text.prefix(60) + "…" : text[...]
            throw ClientError.unexpectedAnswer(
                from: endpoint.title, reason: "expected JSON for \(Self.self), found \"\(printable(start))\"")
        }
    }
}
