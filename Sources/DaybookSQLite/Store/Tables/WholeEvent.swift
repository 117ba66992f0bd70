import Daybook

/// An event as a store has it, with its entries in the log: what its link of the chain is made of.
struct WholeEvent {
    let position: Position
    let event: NewEvent
    let stream: StreamName
    let version: StreamVersion
    let recordedAt: Timestamp
    /// As they are stored.
    let tags: [UInt8]?
    let entries: [LoggedEntry]
    /// The link that is stored with it.
    let hash: ChainHash

    /// The link that it must have after the one before.
    func link(after previous: ChainHash, format: EventChain.Format) -> ChainHash {
        EventChain.link(
            after: previous, event, stream: stream, version: version, recordedAt: recordedAt, tags: tags ?? [],
            published: entries.map { $0.published(of: event, in: stream) }, format: format)
    }

    var stored: StoredEvent {
        StoredEvent(
            position: position, id: event.id, stream: stream, version: version, type: event.type,
            schemaVersion: event.schemaVersion, occurredAt: event.occurredAt, recordedAt: recordedAt, data: event.data,
            metadata: event.metadata, hash: hash)
    }
}

/// An entry of the log as it is stored: type, schema version and data only where they are not those of its event.
struct LoggedEntry {
    let place: LogPlace
    let type: String?
    let schemaVersion: Int?
    let data: [UInt8]?

    func published(of event: NewEvent, in stream: StreamName) -> EventChain.Published {
        EventChain.Published(
            place: place, type: type ?? "\(stream.category).\(event.type)",
            schemaVersion: schemaVersion ?? event.schemaVersion, data: data ?? event.data)
    }
}
