/// Turns the events of an aggregate into what is stored, and back.
public struct EventCodec<Subject: Aggregate>: Sendable {
    let upcasters = UpcasterChain(Subject.Event.upcasters)
    let publishedUpcasters = UpcasterChain(Subject.Published.upcasters)
    private let schemaVersions = Subject.Event.schemaVersions
    private let makeID: @Sendable (Timestamp) -> EventID

    /// - Parameter makeID: Gives an event that occurred at this time its id.
    public init(makeID: @escaping @Sendable (Timestamp) -> EventID = { .new(at: $0) }) { self.makeID = makeID }

    /// The form of `event` in the store and in the integration log.
    ///
    /// - Throws: ``TextWithNull``, `EncodingError`.
    public func encode(_ event: Subject.Event, metadata: [UInt8], occurredAt: Timestamp) throws -> NewEvent {
        let (type, payload) = try TaggedJSON.encode(event)
        try TextWithNull.refuse(in: payload, of: type)
        let published = try Subject.published(event).map { event in
            let (type, payload) = try TaggedJSON.encode(event)
            try TextWithNull.refuse(in: payload, of: type)
            return NewEvent.Published(
                type: "\(Subject.Published.namespace).\(type)",
                schemaVersion: Subject.Published.schemaVersions[type] ?? 1, data: payload,
                personal: Subject.Published.personal[type] ?? [])
        }
        return NewEvent(
            id: makeID(occurredAt), type: type, schemaVersion: Subject.Event.schemaVersions[type] ?? 1,
            occurredAt: occurredAt, data: payload, metadata: metadata, published: published,
            tags: Subject.tags(event), personal: Subject.Event.personal[type] ?? [])
    }

    /// The tags by which a stored event is found, in the present schema.
    ///
    /// - Throws: ``CodecError``.
    public func tags(of stored: StoredEvent) throws -> [Tag] { try decode(stored).flatMap { Subject.tags($0) } }

    /// The names under which events of a type may be stored: its own, and those that upcasters bring to it.
    public func storedNames(of type: String) -> Set<String> { upcasters.storedNames(of: type) }

    /// The events that a stored event is in the present schema: usually one event.
    ///
    /// - Throws: ``CodecError`` naming the event that cannot be read.
    public func decode(_ stored: StoredEvent) throws -> [Subject.Event] {
        try stored.data.withUnsafeBytes { data in
            let event = ReplayedEvent(
                version: stored.version, type: stored.type, schemaVersion: stored.schemaVersion, data: data)
            var events: [Subject.Event] = []
            try decode(event, of: stored.stream) { events.append($0) }
            return events
        }
    }

    /// Shows what a stored event is in the present schema.
    ///
    /// - Throws: ``CodecError`` naming the event that cannot be read; what `body` throws.
    public func decode(
        _ event: ReplayedEvent, of stream: StreamName, _ body: (Subject.Event) throws -> Void
    ) throws {
        guard upcasters.changes(event.type, event.schemaVersion) else {
            let decoded = try naming(event, stream) {
                let later = LaterSchemaVersion(event.schemaVersion, of: event.type, known: schemaVersions)
                if let later { throw later }
                return try TaggedJSON.decode(Subject.Event.self, tag: event.type, payload: event.data)
            }
            return try body(decoded)
        }
        let decoded = try naming(event, stream) {
            try upcasters.upcast(event.type, event.schemaVersion, event.data).map { form in
                try TaggedJSON.decode(
                    Subject.Event.self, tag: form.type, payload: JSONData.object(form.data).bytes[...])
            }
        }
        for event in decoded { try body(event) }
    }

    private func naming<Value>(_ event: ReplayedEvent, _ stream: StreamName, _ body: () throws -> Value) throws -> Value
    {
        do { return try body() } catch {
            let advice = error is UnknownCase ? ": keep the key, or add Upcaster.renamed(type:to:version:from:)" : ""
            throw CodecError(
                "event \(event.version) of \(stream) (\(event.type), schema version \(event.schemaVersion))",
                reason: "\(error)\(advice)")
        }
    }

    /// `false` when neither a case nor an upcaster is for stored events of this type and version.
    public func knows(_ type: String, schemaVersion: Int) -> Bool {
        if upcasters.changes(type, schemaVersion) { return true }
        do { _ = try TaggedJSON.decode(Subject.Event.self, tag: type, payload: []) } catch is UnknownCase {
            return false
        } catch {
            // The case is there, and has members.
        }
        return true
    }

    /// A stored event with its type, schema version and data in the present schema: usually one, possibly several in a
    /// fixed order, or none.
    ///
    /// - Throws: ``UpcastingError``.
    public func upcast(_ stored: StoredEvent) throws -> [StoredEvent] {
        guard upcasters.changes(stored.type, stored.schemaVersion) else { return [stored] }
        let forms = try stored.data.withUnsafeBytes { try upcasters.upcast(stored.type, stored.schemaVersion, $0) }
        return forms.map { form in
            var event = stored
            (event.type, event.schemaVersion) = (form.type, form.schemaVersion)
            event.data = JSONData.object(form.data).bytes
            return event
        }
    }
}

/// A stored event that today's code cannot read.
public struct CodecError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// The reason, without the event's name.
    public let reason: String

    init(_ event: String, reason: String) {
        description = "\(event) cannot be read: \(reason)"
        self.reason = reason
    }
}

/// A new event with a text that has U+0000. Databases and other programs would end the text there.
public struct TextWithNull: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter json: What this module has encoded.
    fileprivate static func refuse(in json: [UInt8], of type: String) throws {
        var rest = json[...]
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            rest = rest[(escape + 1)...]
            guard !rest.starts(with: "u0000".utf8) else {
                throw TextWithNull(description: "a text of \(type) has the character U+0000")
            }
            rest = rest.dropFirst()
        }
    }
}
