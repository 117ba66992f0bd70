import Synchronization

/// A note about the index of a category's tags.
struct TagIndexNote: Sendable {
    /// The code that has made it.
    let version: Int
    /// The streams whose tags that code could not make, as they were in quarantine.
    var held: Set<StreamName>
}

extension InMemoryStore {
    @discardableResult
    public func indexTags<Subject: Aggregate>(
        of subject: Subject.Type, marks: (any CodeMarks)? = nil
    ) async throws -> Int? {
        let category = Subject.category
        // Code without tags leaves events behind that are in no index: what comes after it begins at the first event.
        guard Subject.tagVersion > 0 else {
            indexes.withLock { $0[category] = nil }
            return nil
        }
        if let known = indexes.withLock({ $0[category] }), known.version == Subject.tagVersion {
            let released = try known.held.filter { try !Self.isQuarantined($0, marks) }
            if released.isEmpty { return nil }
            let unreadable = try index(released, as: subject, marks).unreadable
            indexes.withLock { $0[category]?.held.subtract(released) }
            return unreadable
        }
        let streams = Set(ledger.withLock { Array($0.streamNames) }.filter { $0.isOf(category) })
        // Nobody can make the tags of a stream in quarantine again.
        let kept = Set(quarantine.withLock { $0 }.filter { $0.command == nil }.map(\.stream))
        ledger.withLock { ledger in
            for stream in streams.subtracting(kept) { ledger.removeTags(of: stream) }
        }
        let (unreadable, held) = try index(streams, as: subject, marks)
        indexes.withLock { $0[category] = TagIndexNote(version: Subject.tagVersion, held: held) }
        return unreadable
    }

    private static func isQuarantined(_ stream: StreamName, _ marks: (any CodeMarks)?) throws -> Bool {
        do {
            try marks?.marking(.stored(stream, .zero)) {}
            return false
        } catch is Quarantined { return true }
    }

    /// Makes the tags of streams by today's code.
    ///
    /// - Returns: How many events it cannot read, and the streams of those that are in quarantine.
    private func index<Subject: Aggregate>(
        _ streams: Set<StreamName>, as subject: Subject.Type, _ marks: (any CodeMarks)?
    ) throws -> (unreadable: Int, held: Set<StreamName>) {
        let codec = EventCodec<Subject>()
        var unreadable = 0
        var held: Set<StreamName> = []
        for stream in streams {
            let isForgotten = ledger.withLock { $0.subjects?.isForgotten(stream) ?? false }
            for event in try events(of: stream, after: .zero, limit: .max) {
                func tags() throws -> [Tag] {
                    try isForgotten ? codec.tags(ofForgotten: event) : codec.tags(of: event)
                }
                do {
                    let found = try marks.map { try $0.marking(.stored(stream, event.version), tags) } ?? tags()
                    ledger.withLock { $0.setTags(Set(found), at: event.position) }
                } catch {
                    unreadable += 1
                    if error is Quarantined { held.insert(stream) }
                    if !isForgotten { ledger.withLock { $0.addOwnTags(at: event.position) } }
                }
            }
        }
        return (unreadable, held)
    }
}
