import Daybook
import DaybookAPI

extension CommandMessage {
    /// The command as a line of a batch, with its end. Line breaks between the values of its payload become spaces.
    ///
    /// - Throws: `EncodingError`.
    var batchLine: [UInt8] {
        get throws {
            let line = try JSON.encode(batchCommand)
            // Inside of a text they are escaped.
            return line.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
                + [UInt8(ascii: "\n")]
        }
    }

    private var batchCommand: BatchCommand {
        var line = BatchCommand(category: category.description, id: id, command: name, body: body)
        switch expected {
        case .any: break
        case .noStream: line.exists = false
        case .streamExists: line.exists = true
        case .exactly(let version): line.expectedVersion = version
        }
        line.idempotencyKey = idempotencyKey
        line.actor = actor
        line.correlationID = correlationID
        line.causationID = causationID
        line.metadata = metadata.isEmpty ? nil : metadata
        line.traceparent = traceparent
        line.isLenient = isLenient ? true : nil
        return line
    }
}
