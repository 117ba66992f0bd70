public import Daybook
import GRDB

/// Parked events can be let go by any process: it happens in one transaction, which those that post see whole or not
/// at all.
extension SQLiteReadModel {
    /// One page of the parked events.
    public func parked(_ selection: ParkedSelection) async throws -> ParkedPage {
        try await read { try ParkedEvents.page(selection, in: $0) }
    }

    /// Hands over the first parked event of each stream, page by page, each as it is when its page is read.
    func withEachParked(_ body: (ParkedEvent) async throws -> Void) async throws {
        var selection = ParkedSelection()
        repeat {
            let page = try await parked(selection)
            for event in page.parked { try await body(event) }
            selection.after = page.next
        } while selection.after != nil
    }

    /// The number of events that are parked.
    public func parkedCount() async throws -> Int { try await read { try ParkedEvents.count(in: $0) } }

    /// The events that could not be posted; `nil` where everything could.
    public func failures() async throws -> ParkedFailures? { try await read { try ParkedEvents.failures(in: $0) } }

    /// `true` when the projection has made any row.
    public func hasRows() async throws -> Bool {
        try await read { db in
            try db.projectionTables().contains { table in
                let sql = "SELECT EXISTS(SELECT 1 FROM \(table.quotedDatabaseIdentifier))"
                return try Bool.fetchOne(db, sql: sql) ?? false
            }
        }
    }

    /// Posts what is parked of a stream, in order, as far as it goes; `nil` when nothing of it is parked.
    public func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let outcome = try await write { [self] db in try letGo(stream, of: source, in: db) }
        return outcome.isOfNothing ? nil : outcome
    }

    /// Gives up the first parked event of a stream, and posts those behind it.
    ///
    /// - Returns: The id of the event that was given up, `nil` when nothing of the stream is parked.
    /// - Throws: ``ForgettingNotSkipped`` when it says that the stream is forgotten, `DatabaseError`.
    public func skipParked(
        _ stream: String, of source: Source
    ) async throws -> (skipped: String?, outcome: ParkedOutcome) {
        try await write { [self] db in
            let first = try ParkedEvents.first(of: stream, source, in: db)
            if let first {
                if first.isForgetting {
                    throw ForgettingNotSkipped(first, advice: "retry it, or rebuild and drop this generation")
                }
                try ParkedEvents.skip(first.id.description, of: source, in: db)
                try ParkedEvents.remove(first, of: source, in: db)
            }
            return (first?.id.description, try letGo(stream, of: source, in: db))
        }
    }

    /// Never posts these events, which an operator has skipped in another generation; what waits behind them is posted.
    /// One that says that somebody is forgotten is posted all the same.
    public func skip(_ events: [SkippedEvent]) async throws {
        guard !events.isEmpty else { return }
        try await write { [self] db in
            for event in events {
                try ParkedEvents.skip(event.id, of: event.source, in: db)
                guard let stream = try ParkedEvents.giveUp(event, in: db) else { continue }
                _ = try letGo(stream, of: event.source, in: db)
            }
        }
        try await reloadExcludedEvents()
    }

    /// Takes over from another generation of the read model, of any version, which events are never posted, and which are
    /// parked untried because processes have ended at them.
    ///
    /// - Throws: `DatabaseError`.
    public func takeOverExcludedEvents(of number: Int, in folder: ReadModelFolder) async throws {
        try await takeOver(
            GenerationFile.skippedEvents(of: number, in: folder),
            crashing: GenerationFile.crashingEvents(of: number, in: folder))
    }

    /// Takes over the same from the first of two generations that are compared, as it was when the comparison was made.
    ///
    /// - Throws: `DatabaseError`.
    public func takeOverExcludedEvents(from comparison: GenerationComparison) async throws {
        let (skipped, crashing) = try comparison.readFirst { db in
            (try ParkedEvents.skipped(in: db), try ExcludedEvents.crashing(in: db))
        }
        try await takeOver(Array(skipped), crashing: crashing)
    }

    private func takeOver(_ skipped: [SkippedEvent], crashing: [String: Int]) async throws {
        try await skip(skipped)
        guard !crashing.isEmpty else { return }
        try await write { try ExcludedEvents.note(crashing, in: $0) }
        try await reloadExcludedEvents()
    }

    /// Tries everything that is parked once more, but no event at which processes have ended again and again.
    public func retryAllParked() async throws {
        let crashing = try await read { try ExcludedEvents.crashing(in: $0) }
        try await withEachParked { event in
            if crashing[event.eventID] == nil { _ = try await retryParked(event.stream, of: event.source) }
        }
    }

    private func letGo(_ stream: String, of source: Source, in db: Database) throws -> ParkedOutcome {
        var outcome = ParkedOutcome(stream: stream, posted: 0)
        while let entry = try ParkedEvents.first(of: stream, source, in: db) {
            do {
                try postInSavepoint(try decode(entry), from: entry, in: db)
            } catch let error where !error.isTransient {
                let reason = "\(withoutRow(error))"
                outcome.reason = reason
                try ParkedEvents.note(reason, on: entry, of: source, in: db)
                return outcome
            }
            if entry.isForgetting { try PendingErasureNotes.note(in: db) }
            try ParkedEvents.remove(entry, of: source, in: db)
            try ExcludedEvents.clear(entry, in: db)
            outcome.posted += 1
        }
        return outcome
    }
}
