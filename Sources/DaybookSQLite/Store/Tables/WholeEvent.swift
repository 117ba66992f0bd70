import Daybook

/// An event as a store has it, with its entries in the log: what its link of the chain is made of.
struct WholeEvent {
    let position: Position
    /// With what was published of it.
    let event: NewEvent
    let stream: StreamName
    let version: StreamVersion
    let recordedAt: Timestamp
    /// As they are stored.
    let tags: [UInt8]?
    /// The places of what was published of it, in order.
    let places: [LogPlace]
    /// The link that is stored with it.
    let hash: ChainHash

    /// The link that it must have after the one before.
    func link(after previous: ChainHash, format: EventChain.Format) -> ChainHash {
        EventChain.link(
            after: previous, event, stream: stream, version: version, recordedAt: recordedAt, tags: tags ?? [],
            places: places, format: format)
    }

    var stored: StoredEvent {
        StoredEvent(
            position: position, id: event.id, stream: stream, version: version, type: event.type,
            schemaVersion: event.schemaVersion, occurredAt: event.occurredAt, recordedAt: recordedAt, data: event.data,
            metadata: event.metadata, hash: hash)
    }
}
