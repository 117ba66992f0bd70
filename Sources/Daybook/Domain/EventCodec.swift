/// Turns the events of an aggregate into what is stored, and back.
public struct EventCodec<Subject: Aggregate>: Sendable {
    public init() {}

    /// What `event` becomes in the store and in the integration log.
    public func encode(_ event: Subject.Event, metadata: [UInt8], occurredAt: Timestamp) throws -> NewEvent {
        let (type, payload) = try TaggedJSON.encode(event)
        let published = try Subject.published(event).map { event in
            let (type, payload) = try TaggedJSON.encode(event)
            return NewEvent.Published(
                type: "\(Subject.Published.namespace).\(type)",
                schemaVersion: Subject.Published.schemaVersions[type] ?? 1, data: payload)
        }
        return NewEvent(
            id: .new(at: occurredAt), type: type, schemaVersion: Subject.Event.schemaVersions[type] ?? 1,
            occurredAt: occurredAt, data: payload, metadata: metadata, published: published)
    }

    /// - Throws: ``CodecError`` naming the event that cannot be read.
    public func decode(_ stored: StoredEvent) throws -> Subject.Event {
        try stored.data.withUnsafeBytes { data in
            let event = ReplayedEvent(
                version: stored.version, type: stored.type, schemaVersion: stored.schemaVersion, data: data)
            return try decode(event, of: stored.stream)
        }
    }

    /// - Throws: ``CodecError`` naming the event that cannot be read.
    public func decode(_ event: ReplayedEvent, of stream: StreamName) throws -> Subject.Event {
        do {
            return try TaggedJSON.decode(Subject.Event.self, tag: event.type, payload: event.data)
        } catch {
            throw CodecError(
                "event \(event.version) of \(stream) (\(event.type), schema version \(event.schemaVersion)) "
                    + "cannot be read: \(error)")
        }
    }
}

/// A stored event that today's code cannot read.
public struct CodecError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
