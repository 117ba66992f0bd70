public import Daybook
import GRDB

/// Forgetting has three steps, so that one that was interrupted is finished later: it is noted that it is wanted, and the
/// key is destroyed; what has happened is appended, which is the aggregate's business; what is derived is removed.
extension SQLiteEventStore {
    /// `true` when personal data are stored encrypted, so that they can be forgotten.
    public var hasKeys: Bool { seals.ring != nil }

    /// Notes that a subject is to be forgotten, and destroys its key.
    ///
    /// - Throws: ``StoreError`` when the store has no key file.
    public func beginForgetting(_ stream: StreamName) async throws {
        guard let ring = seals.ring else {
            throw StoreError("the store has no key file: nothing in it can be forgotten (keys.path)")
        }
        try await commits.perform { db in
            try db.execute(
                sql: """
                    INSERT INTO forgotten_subjects VALUES(?1, ?2, NULL)
                    ON CONFLICT DO UPDATE SET done_at = NULL
                    """, arguments: [stream.description, Timestamp.now().microseconds])
        }
        try ring.destroy(keyOf: stream)
    }

    /// Removes what is derived from a subject's personal data: its snapshot, the answers to its commands, and the tags
    /// that its events do not give any more.
    ///
    /// - Parameters:
    ///   - isPlain: Whether some of the personal data of an event and of what was published of it, as they are stored,
    ///     stand there as they are.
    ///   - tags: What an event, as it is stored, is found by once its subject is forgotten.
    /// - Returns: What the store still has, and where its log says last that the subject is forgotten; `nil` when the
    ///   domain publishes nothing that says so.
    /// - Throws: What `isPlain` and `tags` throw, ``StoreError``, `AppendError`.
    public func finishForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags keptTags: @escaping @Sendable (StoredEvent) throws -> [Tag]
    ) async throws -> (report: ForgettingReport, place: LogPlace?) {
        let outdated = try await outdatedTags(of: stream, keptTags)
        // Most are found beside the commits, as there may be many; commands that ran meanwhile may have added some.
        let (before, answers) = try await readers.read { db in
            (try IdempotencyKeys.last(in: db), try IdempotencyKeys.keys(of: stream, in: db))
        }
        try await commits.perform { db in
            try db.execute(
                sql: "DELETE FROM snapshots WHERE stream_id = (SELECT id FROM streams WHERE name = ?)",
                arguments: [stream.description])
            for key in try answers + IdempotencyKeys.keys(of: stream, since: before, in: db) {
                try IdempotencyKeys.remove(key, in: db)
            }
            try TagIndex.remove(outdated, in: db)
        }
        let isLogEmptied = try await emptyLog() && isKeyErased()
        if isLogEmptied {
            try await commits.perform { db in
                try db.execute(
                    sql: "UPDATE forgotten_subjects SET done_at = ? WHERE stream = ?",
                    arguments: [Timestamp.now().microseconds, stream.description])
            }
        }
        let review = try await reviewHistory(of: stream, isPlain)
        var report = review.report
        report.isLogEmptied = isLogEmptied
        return (report, review.place)
    }

    /// Asks of a stream what ``finishForgetting(_:isPlain:tags:)`` asks, if its forgetting was begun, and changes nothing.
    public func rehearseForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags: @Sendable (StoredEvent) throws -> [Tag]
    ) async throws {
        guard try await forgottenSubjects().contains(stream) else { return }
        _ = try await reviewHistory(of: stream) { event, published in
            _ = try tags(event)
            return try isPlain(event, published)
        }
    }

    /// What a stream's events are found by and give no more: a rule goes on where it is not about what was forgotten.
    private func outdatedTags(
        of stream: StreamName, _ keptTags: @escaping @Sendable (StoredEvent) throws -> [Tag]
    ) async throws -> [RecentTags.Entry] {
        // What was sealed before the key was destroyed is committed before this; after it, nothing personal is.
        try await commits.perform { [tags] in try tags.settle(stream, in: $0) }
        return try await readers.read { [key = tags.key] db in
            let entries = try TagIndex.entries(of: stream, in: db)
            return try Dictionary(grouping: entries, by: \.position).flatMap { position, entries in
                let events = try Queries.events(at: [position], .none, in: db)
                let kept = Set(try events.flatMap { try keptTags($0).hashes(under: key) })
                return entries.filter { !kept.contains($0.tag) }
            }
        }
    }

    /// Overwrites what the journal of the key file may have of the key.
    private func isKeyErased() -> Bool {
        do {
            try seals.ring?.eraseJournal()
            return true
        } catch { return false }
    }

    /// Looks at how a stream's events are stored, a page at a time, so that nobody waits for a long one.
    private func reviewHistory(
        of stream: StreamName, _ isPlain: (StoredEvent, [NewEvent.Published]) throws -> Bool
    ) async throws -> ForgettingReview {
        let partition = Partition.of(stream, among: partitionCount)
        var review = ForgettingReview()
        var version = StreamVersion.zero
        while true {
            let page = try await readers.read { [version] db in
                try Queries.events(of: stream, after: version, limit: 200, .none, in: db).map { event in
                    (event: event, entries: try Queries.published(of: event.position, in: stream, partition, db))
                }
            }
            guard let last = page.last else { return review }
            version = last.event.version
            for (event, entries) in page { try review.look(at: event, published: entries, isPlain: isPlain) }
        }
    }

    /// The subjects whose forgetting was begun and not finished, also by a store that was restored since: whoever was
    /// forgotten stays so, whichever of store and key file is the older one.
    public func unfinishedForgettings() async throws -> [StreamName] {
        guard let ring = seals.ring else { return [] }
        let noted = try await readers.read { db in
            try Row.fetchAll(db, sql: "SELECT stream, done_at FROM forgotten_subjects").map {
                (stream: StreamName(stored: $0[0]), isDone: $0["done_at"] != nil)
            }
        }
        let destroyed = Set(try ring.destroyed())
        for (stream, _) in noted where !destroyed.contains(stream) { try ring.destroy(keyOf: stream) }
        let unfinished = noted.filter { !$0.isDone }.map(\.stream) + destroyed.subtracting(noted.map(\.stream))
        return unfinished.sorted { $0.description < $1.description }
    }

    /// The subjects that are forgotten, or are to be.
    func forgottenSubjects() async throws -> Set<StreamName> {
        let noted = try await readers.read { db in
            try String.fetchSet(db, sql: "SELECT stream FROM forgotten_subjects")
        }
        return Set(noted.map { StreamName(stored: $0) }).union(try seals.ring?.destroyed() ?? [])
    }

    /// Copies the write-ahead log into the file, and cuts it to nothing. Readers may hold it for a moment.
    private func emptyLog() async throws -> Bool {
        // Commands wait while the rest is copied and cut off.
        await checkpoints.copy()
        for attempt in 0..<50 {
            if try await pool.writeWithoutTransaction({ try $0.emptyWriteAheadLog(attempt: attempt) }) { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
