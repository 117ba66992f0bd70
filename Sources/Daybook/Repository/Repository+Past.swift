/// A moment in the life of a stream.
public enum Moment: Sendable, Hashable {
    /// After the event of this version.
    case version(StreamVersion)
    /// After everything that was recorded up to this time.
    case time(Timestamp)

    /// Microseconds that the present lasts: who asks for it names a time that has just passed.
    private static let present: Int64 = 60_000_000

    /// An event whose recorded-at is ahead of the clock was recorded while the clock was wrong: it belongs to the present.
    func includes(_ event: StoredEvent, now: Timestamp) -> Bool {
        switch self {
        case .version(let version): event.version <= version
        case .time(let time):
            event.recordedAt <= time
                || event.recordedAt > now && time.microseconds > now.microseconds - Self.present
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
        try await fold(id, upTo: moment) { _, state in
            loaded = state
            return true
        }
        return loaded
    }

    /// Shows the events of an aggregate after a version in order, each with the state after it. It folds once, from the
    /// first event on, and holds one state at a time.
    ///
    /// - Parameter body: Returns whether it wants more. What comes after is not looked at.
    /// - Throws: ``NameError``, ``CodecError``, what `body` throws.
    public func states(
        _ id: String, after version: StreamVersion, _ body: (StoredEvent, Subject) async throws -> Bool
    ) async throws {
        try await fold(id) { event, loaded in
            guard event.version > version else { return true }
            return try await body(event, loaded.aggregate)
        }
    }

    /// Shows each event up to a moment with the state after it, as long as more is wanted. What comes after is not looked
    /// at: it may be what cannot be read.
    private func fold(
        _ id: String, upTo moment: Moment? = nil, _ body: (StoredEvent, Loaded<Subject>) async throws -> Bool
    ) async throws {
        let stream = try StreamName(category: Subject.category, id: id)
        let now = now()
        var loaded = Loaded<Subject>()
        while case let page = try await store.read(stream, after: loaded.version, limit: Self.page), !page.isEmpty {
            for event in page {
                guard moment?.includes(event, now: now) ?? true else { return }
                try marked(.stored(stream, event.version)) {
                    for decoded in try codec.decode(event) { loaded.aggregate.apply(decoded) }
                }
                loaded.version = event.version
                guard try await body(event, loaded) else { return }
            }
        }
    }
}
