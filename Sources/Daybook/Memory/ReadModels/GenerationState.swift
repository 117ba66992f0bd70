/// One generation in memory, as a plain value: rows, checkpoints and what is set aside.
///
/// Whoever changes it keeps the old one until that has succeeded: so all of it changes, or nothing.
struct GenerationState: Sendable {
    /// The projection that makes its rows, and the version of that.
    let projection: String
    let version: Int
    var record: GenerationRecord
    private(set) var tables: InMemoryTables
    private(set) var checkpoints: [Lane: Checkpoint] = [:]
    private(set) var parked = ParkedEntries()
    private(set) var skipped: Set<SkippedEvent>
    var unreadable = KeptMessageList()

    init<Projection: InMemoryProjection>(
        of projection: Projection.Type, _ record: GenerationRecord, skipping skipped: [SkippedEvent] = []
    ) {
        self.projection = Projection.name
        self.record = record
        self.skipped = Set(skipped)
        version = Projection.version
        tables = InMemoryTables(Projection.tables)
    }

    var progress: ReadModelProgress {
        ReadModelProgress(checkpoints: checkpoints, hasPendingErasure: parked.holdForgetting)
    }

    var kept: KeptCounts {
        KeptCounts(parked: parked.count, unreadable: unreadable.count, unreadableDropped: unreadable.dropped)
    }

    // MARK: Posting

    /// - Throws: ``Fenced``, ``EventFailure``.
    mutating func apply<Projection>(
        _ postings: [Posting], keeping messages: [UnreadableMessage], with code: InMemoryCode<Projection>
    ) throws {
        // Before a stream is forgotten, and what is kept of it goes.
        unreadable.keep(messages)
        for posting in postings {
            guard checkpoints[posting.lane] == posting.expected else { throw Fenced(lane: posting.lane) }
            checkpoints[posting.lane] = posting.next
            for entry in posting.entries { try apply(entry, of: posting, with: code) }
        }
    }

    private mutating func apply<Projection>(
        _ entry: PostingEntry, of posting: Posting, with code: InMemoryCode<Projection>
    ) throws {
        let (log, source) = (entry.log, posting.lane.source)
        // What says that somebody is forgotten is never left out.
        if skipped.contains(SkippedEvent(source: source, id: log.id.description)) && !log.isForgetting { return }
        if log.isForgetting {
            parked.remove(log.stream, of: source)
            unreadable.remove(of: log.stream)
        }
        if parked.hold(log.stream, of: source) { return parked.park(log, of: source, reason: nil) }
        if let reason = posting.parks[log.offset] { return parked.park(log, of: source, reason: reason) }
        do { try code.apply(entry.event, from: log, to: &tables) } catch {
            throw EventFailure(
                lane: posting.lane, entry: log, reason: "\(error)", isFinal: error is UndecodableEvent)
        }
    }

    // MARK: What is set aside

    /// Posts what is parked of a stream, in order, as far as it goes.
    mutating func letGo<Projection>(
        _ stream: String, of source: Source, with code: InMemoryCode<Projection>
    ) -> ParkedOutcome {
        var outcome = ParkedOutcome(stream: stream, posted: 0)
        while let entry = parked.first(of: stream, source) {
            var changed = tables
            do { try code.apply(try code.decode(entry), from: entry, to: &changed) } catch {
                let reason = "\(error)"
                outcome.reason = reason
                parked.note(reason, onFirstOf: stream, source)
                return outcome
            }
            tables = changed
            parked.removeFirst(of: stream, source)
            outcome.posted += 1
        }
        return outcome
    }

    /// Gives up the first parked event of a stream for good, and posts those behind it.
    ///
    /// - Throws: ``ForgettingNotSkipped``.
    mutating func skipParked<Projection>(
        _ stream: String, of source: Source, with code: InMemoryCode<Projection>
    ) throws -> (skipped: String?, outcome: ParkedOutcome) {
        let first = parked.first(of: stream, source)
        if let first {
            if first.isForgetting {
                throw ForgettingNotSkipped(first, advice: "retry it, or rebuild and drop this generation")
            }
            skipped.insert(SkippedEvent(source: source, id: first.id.description))
            parked.removeFirst(of: stream, source)
        }
        return (first?.id.description, letGo(stream, of: source, with: code))
    }

    /// Never posts these events; what waits behind them is posted.
    mutating func skip<Projection>(_ events: [SkippedEvent], with code: InMemoryCode<Projection>) {
        for event in events {
            skipped.insert(event)
            if let stream = parked.giveUp(event) { _ = letGo(stream, of: event.source, with: code) }
        }
    }

    mutating func retryAll<Projection>(with code: InMemoryCode<Projection>) {
        for (stream, source) in parked.names { _ = letGo(stream, of: source, with: code) }
    }
}
