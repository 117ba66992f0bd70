import Daybook
import DaybookAPI

/// Writes stored events as lines of JSON; their data and metadata go out as they are stored.
struct EventLines: Sendable {
    /// The identity of the store's log, which is a member of each event.
    let epoch: Epoch

    /// - Throws: `EncodingError`.
    func line(_ event: StoredEvent, state: EncodedJSON? = nil) throws -> [UInt8] {
        try JSON.encode(EventResponse(event, of: epoch, state: state)) + [UInt8(ascii: "\n")]
    }

    /// The parts that one stored event is now. Only the last one has the id, after which a client goes on.
    ///
    /// - Throws: `EncodingError`.
    func serverSentEvents(of parts: [StoredEvent]) throws -> [UInt8] {
        try parts.indices.flatMap { index -> [UInt8] in
            let part = parts[index]
            let id = index == parts.count - 1 ? idLine(part.position) : ""
            return try Array("\(id)data: ".utf8) + line(part) + [UInt8(ascii: "\n")]
        }
    }

    /// A server-sent id without an event: a client that comes again goes on after it.
    func progress(through position: Position) -> [UInt8] { Array("\(idLine(position))\n".utf8) }

    private func idLine(_ position: Position) -> String {
        "id: \(EventPlace(epoch: epoch, position: position))\n"
    }
}
