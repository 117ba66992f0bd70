import Daybook
import DaybookAPI
import DaybookService

/// Reads the lines of a batch as commands.
struct BatchParser: Sendable {
    let served: [StreamCategory: CommandHandler.Served]
    /// The place in a trace of those that name none.
    let traceparent: String?

    /// Reads a line.
    ///
    /// - Parameter line: Gets the text of the client's own, also where the rest cannot be used.
    /// - Throws: `Problem`, `NameError`.
    func item(from bytes: [UInt8], line: inout BatchLine) throws -> BatchItem {
        guard bytes.beginsObject else {
            throw Problem(code: .malformedLine, detail: "a line must be a JSON object")
        }
        let given: GivenCommand
        do { given = try JSON.decode(GivenCommand.self, from: bytes) } catch {
            line.ref = Self.ref(in: bytes)
            throw Problem(malformedLine: error)
        }
        let command = given.command
        line.ref = Self.usableRef(command.ref)
        try command.requireUsableTexts()
        let category = StreamCategory(stringLiteral: command.category)
        guard let handler = served[category] else {
            throw Problem(
                code: .unknownCategory, detail: "this writer has no category \(command.category.prefix(80))")
        }
        let id = command.id ?? UniqueID.new().description
        let payload = command.body?.bytes ?? []
        let request = CommandRequest(
            command: command.command, id: id, body: payload.isEmpty ? Array("{}".utf8) : payload,
            isLenient: command.isLenient ?? false, expected: try command.expected(),
            metadata: try command.eventMetadata(custom: given.metadata, traceparent: traceparent),
            idempotency: command.idempotency(payload: payload))
        let stream = try StreamName(category: category, id: id)
        return BatchItem(line: line, stream: stream, request: request, handler: handler)
    }

    /// The text of the client's own in a line that cannot be used otherwise.
    private static func ref(in bytes: [UInt8]) -> String? {
        usableRef(try? JSON.decode(LineReference.self, from: bytes).ref)
    }

    private static func usableRef(_ ref: String?) -> String? {
        ref.flatMap { CallerText.brokenRule(of: $0, upTo: CallerText.usualLimit) == nil ? $0 : nil }
    }
}

/// The one member that is read of any line.
private struct LineReference: Decodable { let ref: String? }

/// A command as its line has it, of which nothing is dropped.
private struct GivenCommand: Decodable {
    let command: BatchCommand
    /// The metadata of the caller's own, byte for byte.
    let metadata: EncodedJSON?

    private struct MemberName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { return nil }
    }

    /// - Throws: `MemberError`, `DecodingError`.
    init(from decoder: any Decoder) throws {
        var names: Set<String> = []
        for name in try decoder.container(keyedBy: MemberName.self).allKeys.map(\.stringValue) {
            guard BatchCommand.CodingKeys(stringValue: name) != nil else { throw MemberError.unknown(path: name) }
            guard names.insert(name).inserted else { throw MemberError.repeated(path: name) }
        }
        command = try BatchCommand(from: decoder)
        let members = try decoder.container(keyedBy: BatchCommand.CodingKeys.self)
        metadata = try members.decodeIfPresent(EncodedJSON.self, forKey: .metadata)
    }
}
