/// The events in an entry of the log, in their present schema: usually one.
package final class DecodedEvents<Event: IntegrationEvent>: Sendable {
    fileprivate let first: Event
    private let others: [Event]

    /// - Parameter others: Where an entry of an old schema is several events now.
    fileprivate init(_ first: Event, _ others: [Event] = []) {
        self.first = first
        self.others = others
    }

    package func withEach(_ body: (Event) throws -> Void) rethrows {
        try body(first)
        for event in others { try body(event) }
    }

    package var all: [Event] { [first] + others }
}

/// Stands for an event at which a process has ended. It is decoded when it is posted: then no other one is named for it.
package final class SuspectEvent: Sendable {
    package init() {}
}

/// Decodes entries of the log for those who know one kind of integration events.
package struct EventDecoder<Event: IntegrationEvent>: Sendable {
    private let upcasters = UpcasterChain(Event.upcasters)
    private let schemaVersions = Event.schemaVersions
    private let prefix = Array("\(Event.namespace).".utf8)
    private let kind = ObjectIdentifier(DecodedEvents<Event>.self)

    package init() {}

    /// - Returns: `nil` when the entry is nothing to those who know these events.
    /// - Throws: `DecodingError`, ``UpcastingError``, ``LaterSchemaVersion`` when it is of a type that they know and
    ///   cannot be read.
    package func decode(_ entry: LogEntry) throws -> DecodedEvents<Event>? {
        guard let tag = tag(of: entry.type) else { return nil }
        if !upcasters.isEmpty && upcasters.changes(tag, entry.schemaVersion) { return try upcast(tag, entry) }
        if let later = LaterSchemaVersion(entry.schemaVersion, of: tag, known: schemaVersions) {
            if isOfUnknownType(tag, entry.data) { return nil }
            throw later
        }
        return try decode(tag, entry.data)
    }

    /// The event that an entry was decoded to. A suspect is decoded now.
    ///
    /// - Returns: `nil` when the entry is nothing to those who know these events.
    /// - Throws: ``UndecodableEvent``.
    package func events(in decoded: any DecodedEvent, of entry: LogEntry) throws -> DecodedEvents<Event>? {
        // Others wait while each event is asked for its kind, and a cast takes longer.
        if ObjectIdentifier(type(of: decoded)) == kind { return unsafeDowncast(decoded, to: DecodedEvents<Event>.self) }
        if let undecodable = decoded as? UndecodableEvent { throw undecodable }
        guard decoded is SuspectEvent else { return nil }
        do { return try decode(entry) } catch { throw UndecodableEvent(error) }
    }

    private func isOfUnknownType(_ tag: String, _ data: ArraySlice<UInt8>) -> Bool {
        do { return try decode(tag, data) == nil } catch { return false }
    }

    private func upcast(_ tag: String, _ entry: LogEntry) throws -> DecodedEvents<Event>? {
        let forms = try entry.data.withUnsafeBytes { try upcasters.upcast(tag, entry.schemaVersion, $0) }
        let events = try forms.compactMap { try decode($0.type, JSONData.object($0.data).bytes[...])?.first }
        return events.first.map { DecodedEvents($0, Array(events.dropFirst())) }
    }

    /// - Returns: An object, not an event: how large an event is would be looked up anew for each.
    private func decode(_ tag: String, _ data: ArraySlice<UInt8>) throws -> DecodedEvents<Event>? {
        do { return DecodedEvents(try TaggedJSON.decode(Event.self, tag: tag, payload: data)) } catch is UnknownCase {
            // A type that is not known here: published by a newer writer, of no use here.
            return nil
        }
    }

    /// The text after the namespace in the type of an event that may be one of these.
    private func tag(of type: String) -> String? {
        var type = type
        return type.withUTF8 { type in
            guard type.starts(with: prefix) else { return nil }
            return String(decoding: UnsafeBufferPointer(rebasing: type[prefix.count...]), as: UTF8.self)
        }
    }
}
