/// A moment in the life of a stream.
public enum Moment: Sendable, Hashable {
    /// After the event of this version.
    case version(StreamVersion)
    /// After everything that was recorded up to this time.
    case time(Timestamp)

    func includes(_ event: StoredEvent) -> Bool {
        switch self {
        case .version(let version): event.version <= version
        case .time(let time): event.recordedAt <= time
        }
    }
}

extension Repository {
    private static var page: Int { 200 }

    /// The aggregate as it was; at version 0 in its initial state when there was none.
    ///
    /// - Throws: ``NameError``, ``CodecError``.
    public func load(_ id: String, at moment: Moment) async throws -> Loaded<Subject> {
        var loaded = Loaded<Subject>()
        try await fold(id, while: moment.includes) { _, state in loaded = state }
        return loaded
    }

    /// The events of an aggregate after a version, at most `limit`, each with the state after it.
    ///
    /// - Throws: ``NameError``, ``CodecError``.
    public func states(
        _ id: String, after version: StreamVersion, limit: Int
    ) async throws -> [(event: StoredEvent, state: Subject)] {
        var states: [(event: StoredEvent, state: Subject)] = []
        let (last, isBeyond) = version.rawValue.addingReportingOverflow(Int64(limit))
        let end = StreamVersion(rawValue: isBeyond ? .max : last)
        try await fold(id, while: Moment.version(end).includes) { event, loaded in
            if event.version > version { states.append((event, loaded.aggregate)) }
        }
        return states
    }

    /// Shows each event with the state after it. What comes after is not looked at: it may be what cannot be read.
    private func fold(
        _ id: String, while isWanted: (StoredEvent) -> Bool, _ body: (StoredEvent, Loaded<Subject>) throws -> Void
    ) async throws {
        let stream = try StreamName(category: Subject.category, id: id)
        var loaded = Loaded<Subject>()
        while case let page = try await store.read(stream, after: loaded.version, limit: Self.page), !page.isEmpty {
            for event in page {
                guard isWanted(event) else { return }
                for decoded in try codec.decode(event) { loaded.aggregate.apply(decoded) }
                loaded.version = event.version
                try body(event, loaded)
            }
        }
    }
}
