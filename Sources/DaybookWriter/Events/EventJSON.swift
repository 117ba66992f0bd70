import Daybook

/// Writes stored events as JSON; their data and metadata go out as they are stored.
struct EventJSON: Sendable {
    /// The identity of the store's log, which is a member of each event.
    let epoch: Epoch

    func line(_ event: StoredEvent) -> [UInt8] { object(event) + [UInt8(ascii: "\n")] }

    func line(_ event: StoredEvent, state: [UInt8]) -> [UInt8] {
        object(event).dropLast() + Array(",\"state\":".utf8) + state + Array("}\n".utf8)
    }

    /// What one stored event is now. Only the last part has the id, after which a client goes on.
    func serverSentEvents(_ parts: [StoredEvent]) -> [UInt8] {
        parts.indices.flatMap { index in
            let id = index == parts.count - 1 ? "id: \(epoch)/\(parts[index].position)\n" : ""
            return Array("\(id)data: ".utf8) + object(parts[index]) + Array("\n\n".utf8)
        }
    }

    private func object(_ event: StoredEvent) -> [UInt8] {
        let head = """
            {"epoch":"\(epoch)","position":\(event.position),"id":"\(event.id)","stream":"\(event.stream)",\
            "version":\(event.version),"type":"\(event.type)","schemaVersion":\(event.schemaVersion),\
            "occurredAt":"\(event.occurredAt)","recordedAt":"\(event.recordedAt)","data":
            """
        return Array(head.utf8) + event.data + Array(",\"metadata\":".utf8) + event.metadata + [UInt8(ascii: "}")]
    }
}

/// A place in the log of a store: a position, and which log is meant.
struct EventPlace {
    /// `nil` for the log that is there, whichever that is.
    let epoch: Epoch?
    let position: Position

    /// Reads `epoch/position`, the id of a server-sent event, or a position alone; `nil` when it is neither.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, let number = Int64(last), number >= 0, String(number) == last else { return nil }
        epoch = parts.count == 2 ? Epoch(String(parts[0])) : nil
        guard parts.count == 1 || epoch != nil else { return nil }
        position = Position(rawValue: number)
    }
}
