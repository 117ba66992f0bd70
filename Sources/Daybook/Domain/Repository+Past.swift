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
        try await fold(id) { event, state in
            guard moment.includes(event) else { return false }
            loaded = state
            return true
        }
        return loaded
    }

    /// The events of an aggregate after a version, at most `limit`, each with the state after it.
    ///
    /// - Throws: ``NameError``, ``CodecError``.
    public func states(
        _ id: String, after version: StreamVersion, limit: Int
    ) async throws -> [(event: StoredEvent, state: Subject)] {
        var states: [(event: StoredEvent, state: Subject)] = []
        try await fold(id) { event, loaded in
            guard states.count < limit else { return false }
            if event.version > version { states.append((event, loaded.aggregate)) }
            return true
        }
        return states
    }

    /// Shows each event with the state after it, until `body` has enough.
    private func fold(_ id: String, _ body: (StoredEvent, Loaded<Subject>) throws -> Bool) async throws {
        let stream = try StreamName(category: Subject.category, id: id)
        var loaded = Loaded<Subject>()
        while case let page = try await store.read(stream, after: loaded.version, limit: Self.page), !page.isEmpty {
            for event in page {
                for decoded in try codec.decode(event) { loaded.aggregate.apply(decoded) }
                loaded.version = event.version
                guard try body(event, loaded) else { return }
            }
        }
    }
}
