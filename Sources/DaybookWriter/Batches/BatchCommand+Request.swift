import Daybook
import DaybookAPI
import DaybookService

/// The meaning of the members of a line: the same as the headers of a single command.
extension BatchCommand {
    /// Refuses texts that no header could carry.
    ///
    /// - Throws: `Problem` 400 with code `invalid-member`.
    func requireUsableTexts() throws {
        let texts: [(CodingKeys, String?)] = [
            (.ref, ref), (.idempotencyKey, idempotencyKey), (.actor, actor), (.correlationID, correlationID),
            (.causationID, causationID),
        ]
        for case (let key, let text?) in texts {
            if let rule = CallerText.brokenRule(of: text, upTo: CallerText.usualLimit) { throw invalid(key, rule) }
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw invalid(key, "must have no control characters")
            }
        }
    }

    /// The expected version, as `If-Match` and `If-None-Match` say it.
    ///
    /// - Throws: `Problem` 400 with code `invalid-member`.
    func expected() throws -> ExpectedVersion {
        guard let version = expectedVersion else {
            guard let exists else { return .any }
            return exists ? .streamExists : .noStream
        }
        guard version >= .zero else { throw invalid(.expectedVersion, "must be 0 or more") }
        guard exists == nil || exists == (version > .zero) else {
            throw invalid(.exists, "goes not together with the version \(version)")
        }
        return .exactly(version)
    }

    /// - Parameters:
    ///   - custom: The metadata of the caller's own, byte for byte.
    ///   - fallback: The trace context where this has none.
    /// - Throws: `Problem` 400 with code `invalid-member`.
    func eventMetadata(custom: EncodedJSON?, traceparent fallback: String?) throws -> EventMetadata {
        EventMetadata(
            correlationID: correlationID ?? UniqueID.new().description, causationID: causationID ?? idempotencyKey,
            actor: actor, traceparent: traceparent.flatMap { TraceParent.read($0) } ?? fallback,
            custom: try custom.map { try customMetadata(in: $0.bytes) } ?? [:])
    }

    private func customMetadata(in json: [UInt8]) throws -> [String: String] {
        let limit = CallerText.metadataLimit
        guard json.count <= limit else { throw invalid(.metadata, "must have at most \(limit) bytes") }
        do { return try JSON.decodeAll([String: String].self, from: json) } catch {
            throw invalid(.metadata, "must be a JSON object of texts, each name once")
        }
    }

    /// The record under the idempotency key, if there is one. It is that of the same command by itself.
    ///
    /// - Parameter payload: The payload, byte for byte.
    func idempotency(payload: [UInt8]) -> IdempotencyRecord? {
        idempotencyKey.map { key in
            IdempotencyRecord(key: key, actor: actor, route: "\(category)/\(command)", id: id, body: payload)
        }
    }

    private func invalid(_ key: CodingKeys, _ rule: String) -> Problem {
        let member = key.stringValue
        return Problem(code: .invalidMember, detail: "\(member) \(rule)", members: ["member": .text(member)])
    }
}
