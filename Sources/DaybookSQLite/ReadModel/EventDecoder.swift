import Daybook

/// Decodes entries of the log for those who know one kind of integration events.
struct EventDecoder<Event: IntegrationEvent>: Sendable {
    private let upcasters = UpcasterChain(Event.upcasters)

    /// An event, or an array of them where an entry of an old schema is several now; `nil` when it is nothing to those
    /// who know these events.
    ///
    /// - Throws: `DecodingError`, ``UpcastingError`` when it is of a type that they know and cannot be read.
    func decode(_ entry: LogEntry) throws -> (any Sendable)? {
        guard let tag = Self.tag(of: entry.type) else { return nil }
        if !upcasters.isEmpty && upcasters.changes(String(tag), entry.schemaVersion) {
            let forms = try entry.data.withUnsafeBytes { try upcasters.upcast(String(tag), entry.schemaVersion, $0) }
            let events = try forms.compactMap { try decode($0.type[...], JSONData.object($0.data).bytes[...]) }
            return events.count == 1 ? events[0] : events
        }
        return try decode(tag, entry.data)
    }

    /// Shows the events in what ``decode(_:)`` has made.
    static func forEach(in decoded: (any Sendable)?, _ body: (Event) throws -> Void) rethrows {
        if let event = decoded as? Event { return try body(event) }
        for event in decoded as? [Event] ?? [] { try body(event) }
    }

    /// The events in what ``decode(_:)`` has made.
    static func events(in decoded: (any Sendable)?) -> [Event] {
        if let event = decoded as? Event { return [event] }
        return decoded as? [Event] ?? []
    }

    private func decode(_ tag: Substring, _ data: ArraySlice<UInt8>) throws -> Event? {
        do { return try TaggedJSON.decode(Event.self, tag: tag, payload: data) } catch DecodingError.typeMismatch(
            _, let context) where context.codingPath.isEmpty
        {
            // A type that is not known here: published by a newer writer, of no use here.
            return nil
        }
    }

    /// What stands after the namespace in the type of an event that may be one of these.
    private static func tag(of type: String) -> Substring? {
        let (type, namespace) = (type.utf8, Event.namespace.utf8)
        guard type.starts(with: namespace), let dot = type.dropFirst(namespace.count).first, dot == UInt8(ascii: ".")
        else { return nil }
        return Substring(type.dropFirst(namespace.count + 1))
    }
}
