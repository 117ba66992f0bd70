extension Repository {
    /// Undoes a stored event: appends the events that are its inverse, which refer to it by
    /// ``EventMetadata/compensates``. What happened stays in the history, and so does that it was undone. An event that
    /// was undone before is not undone again: then this is its first answer.
    ///
    /// - Parameters:
    ///   - version: Which event of the aggregate.
    ///   - inverse: Decides what undoes it, seeing the event in the present schema and the aggregate as it stands now;
    ///     no events where there is nothing to undo any more.
    /// - Throws: ``NoSuchEvent``, ``AppendError``, ``NameError``, ``CodecError``.
    @discardableResult
    public func compensate(
        _ version: StreamVersion, of id: String, metadata: EventMetadata = .new(),
        by inverse: (Subject.Event, Subject) throws(Subject.Failure) -> [Subject.Event]
    ) async throws -> CommandAnswer {
        let stream = try StreamName(category: Subject.category, id: id)
        let before = version.previous
        guard version > .zero, let event = try await store.read(stream, after: before, limit: 1).first else {
            throw NoSuchEvent(description: "\(stream) has no event \(version)")
        }
        let undone = try marked(.stored(stream, event.version)) { try codec.decode(event) }
        var metadata = metadata
        metadata.compensates = event.id.description
        for _ in 0..<attempts {
            let (known, earlier) = try await compensation(of: event.id, in: stream, after: version)
            if let earlier { return earlier }
            do {
                return try await execute(on: id, expecting: .exactly(known), metadata: metadata) {
                    (aggregate) throws(Subject.Failure) -> [Subject.Event] in
                    var events: [Subject.Event] = []
                    for event in undone { events += try inverse(event, aggregate) }
                    return events
                }
            } catch AppendError.conflict { continue }
        }
        throw AppendError.contended(stream)
    }

    /// Looks for what undoes an event.
    ///
    /// - Returns: The version up to which it looked, and the answer to the append that has undone it, if one has.
    private func compensation(
        of id: EventID, in stream: StreamName, after version: StreamVersion
    ) async throws -> (StreamVersion, CommandAnswer?) {
        var last = version
        var undoing: [NewEvent] = []
        search: while case let page = try await store.read(stream, after: last, limit: 200), let end = page.last {
            for event in page {
                if (try? EventMetadata(decoding: event.metadata))?.compensates == id.description {
                    undoing.append(
                        NewEvent(
                            id: event.id, type: event.type, schemaVersion: event.schemaVersion,
                            occurredAt: event.occurredAt, data: event.data, metadata: event.metadata))
                } else if !undoing.isEmpty {
                    break search
                }
            }
            last = end.version
        }
        if undoing.isEmpty { return (last, nil) }
        // To the same events once more a store gives its first answer, and appends nothing.
        return (last, try await store.append(AppendRequest(stream: stream, expected: .any, events: undoing)))
    }
}

/// An event that is not there.
public struct NoSuchEvent: Error, Sendable, CustomStringConvertible {
    public let description: String
}
