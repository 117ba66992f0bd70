public import Daybook
import Foundation
public import GRDB
import Synchronization

/// One generation of a read model: a SQLite file that carries its own checkpoints, so that it can be copied and goes
/// on from there.
///
/// Posting is guarded twice in its transaction: by the checkpoints, and by what the generation is to its read model.
/// A worker that missed a change of either posts nothing.
public final class SQLiteReadModel<Projection: SQLiteProjection>: Generation {
    /// The number of the generation in its read model.
    public let number: Int
    /// Its file.
    public let path: String
    private let projection: Projection
    private let decoder = EventDecoder<Projection.Event>()
    let pool: DatabasePool
    private let readers: Readers
    private let checkpoints: BackgroundCheckpoints
    private let role: Mutex<GenerationRole>
    private let excluded: KnownExcludedEvents
    private let failing = Mutex(FailingTypes())
    private let mark: CrashMark
    private let erasures: PendingErasureNotes

    /// Opens a generation.
    ///
    /// - Throws: ``StoreError`` when there is none of that number, or it is of another projection or version.
    public convenience init(in folder: ReadModelFolder, number: Int, projection: Projection) throws {
        guard FileManager.default.fileExists(atPath: folder.file(number)) else {
            throw StoreError("there is no generation \(number) in \(folder.path)")
        }
        try self.init(in: folder, number: number, projection: projection, new: GenerationRecord(role: .building))
    }

    /// Makes the next generation. Nothing is left of it when that fails, for example in the projection's tables.
    ///
    /// - Parameter skipped: What is never posted to it. No process sees the generation without it.
    /// - Throws: ``StoreError``, `DatabaseError`, what making the tables threw.
    public convenience init(
        next record: GenerationRecord, in folder: ReadModelFolder, projection: Projection,
        skipping skipped: [SkippedEvent] = []
    ) throws {
        let number = try folder.takeNumber()
        // So that nobody takes it for one that was left unfinished.
        guard let claim = try folder.claim(number) else { throw StoreError("generation \(number) is made elsewhere") }
        defer { withExtendedLifetime(claim) {} }
        do {
            try self.init(in: folder, number: number, projection: projection, new: record, skipping: skipped)
        } catch {
            try? folder.remove(number)
            throw error
        }
    }

    private init(
        in folder: ReadModelFolder, number: Int, projection: Projection, new: GenerationRecord,
        skipping skipped: [SkippedEvent] = []
    ) throws {
        self.number = number
        self.projection = projection
        path = folder.file(number)
        var configuration = Configuration.shared
        configuration.maximumReaderCount = 4
        pool = try naming(path) { [path] in try DatabasePool(path: path, configuration: configuration) }
        readers = Readers(pool, count: 4)
        checkpoints = BackgroundCheckpoints(for: pool)
        erasures = PendingErasureNotes(in: pool)
        mark = try CrashMark("\(path).mark")
        let (record, excluded) = try naming(path) { [path, pool] in
            try pool.write { db in
                try FileKind.readModel.claim(db, path)
                let record = try Self.establish(new, in: db)
                for event in skipped { try ParkedEvents.skip(event.id, of: event.source, in: db) }
                return (record, try ExcludedEvents(in: db))
            }
        }
        role = Mutex(record.role)
        self.excluded = KnownExcludedEvents(excluded)
        try pool.writeWithoutTransaction { db in
            try Self.setFlushing(for: record.role, in: db)
            // What a row was before it changed is overwritten too, where rows are of persons.
            if !Projection.Event.personal.isEmpty { try db.execute(sql: "PRAGMA secure_delete = ON") }
        }
    }

    /// Opens the generation that serves in `folder`, or makes one that serves from the beginning.
    ///
    /// - Throws: ``StoreError`` when it is of another projection or version.
    public convenience init(folder: String, projection: Projection) throws {
        let folder = try ReadModelFolder(folder)
        let number = try folder.serving ?? folder.takeNumber()
        try self.init(in: folder, number: number, projection: projection, new: GenerationRecord(role: .serving))
        if folder.serving == nil { try folder.serve(number) }
    }

    private static func establish(_ new: GenerationRecord, in db: Database) throws -> GenerationRecord {
        try db.execute(
            sql: ReadModelSchema.tables + UnreadableMessages.tables + GenerationRecord.table + ParkedEvents.tables
                + ExcludedEvents.table + PendingErasureNotes.table)
        let version = try ReadModelSchema.version(in: db)
        if let (name, version) = version {
            guard name == Projection.name, version == Projection.version else {
                throw StoreError(
                    "the read model is of \(name) version \(version), the code is \(Projection.name) version "
                        + "\(Projection.version)")
            }
        } else {
            try Projection.createTables(in: db)
            if new.role != .building { try Projection.createIndexes(in: db) }
            try db.execute(
                sql: "INSERT INTO projection VALUES(?, ?)", arguments: [Projection.name, Projection.version])
        }
        if let record = try GenerationRecord.read(in: db) { return record }
        try new.write(in: db)
        return new
    }

    /// GRDB chooses NORMAL for WAL when it opens the writer; a commit must be on the disk before it is acknowledged.
    /// While a generation is built nothing is acknowledged: should the last commits be lost with the power, its
    /// checkpoints are lost with them.
    private static func setFlushing(for role: GenerationRole, in db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = \(role == .building ? "NORMAL" : "FULL")")
    }

    /// Runs `body` on the writing connection, in a transaction that comes to its end: a graceful stop posts last.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await pool.commit(body)
    }

    // MARK: Posting

    public func checkpoints() async throws -> [Lane: Checkpoint] {
        try await read { try ReadModelSchema.checkpoints(in: $0) }
    }

    public func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? {
        if excluded.haveSuspect(entry) { return SuspectEvent() }
        return try mark.decode(entry, with: decoder)
    }

    @discardableResult
    public func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        let progress = try await write { [self] db in
            try guardRole(in: db)
            // Before a stream is forgotten, and what is kept of it goes.
            try UnreadableMessages.keep(unreadable, in: db)
            var progress = PostingProgress(
                excluded: try excluded.current(in: db), failing: failing.withLock { $0 },
                hasParked: try ParkedEvents.areThere(in: db))
            for posting in postings {
                guard try ReadModelSchema.advance(posting, in: db) else { throw Fenced(lane: posting.lane) }
                for entry in posting.entries { try apply(entry, of: posting, &progress, in: db) }
            }
            return progress
        }
        failing.withLock { $0 = progress.failing }
        // History is full of what was forgotten: for a build it is done once, when it is finished.
        if role.withLock({ $0 != .building }), !postings.forgotten.isEmpty {
            // What stands in the way puts it off: what was posted is posted all the same.
            _ = try? await erasePending()
        }
        return progress.parked
    }

    /// Erases what the file may still have of rows that were erased when their stream was forgotten, if it has anything:
    /// a reader that held its write-ahead log, a full disk or the end of a process may have put that off. The file is
    /// written anew for it, and nothing is posted meanwhile.
    ///
    /// - Returns: Whether nothing is left; otherwise a reader still holds the log.
    /// - Throws: `DatabaseError`, `CancellationError`.
    public func erasePending() async throws -> Bool { try await erasures.erase() }

    private func guardRole(in db: Database) throws {
        let stored = try String.fetchOne(db.cachedStatement(sql: "SELECT role FROM generation"))
        let role = role.withLock { $0 }
        guard stored == role.rawValue else {
            throw Fenced("generation \(number) is \(stored ?? "unknown") now and no longer \(role)")
        }
    }

    private func apply(
        _ entry: PostingEntry, of posting: Posting, _ progress: inout PostingProgress, in db: Database
    ) throws {
        let log = entry.log
        let source = posting.lane.source
        let decision = progress.excluded.decision(on: log, of: source)
        if decision == .skip { return }
        if log.isForgetting { try forget(log.stream, of: source, in: db) }
        if try progress.hasParked && ParkedEvents.holds(log.stream, of: source, in: db) {
            return try ParkedEvents.park(log, of: source, reason: nil, in: db)
        }
        if let reason = posting.parks[log.offset] ?? decision?.reason {
            progress.hasParked = true
            if decision == nil { progress.failing.park(log.type) }
            return try ParkedEvents.park(log, of: source, reason: reason, in: db)
        }
        let isLastAttempt = progress.failing.contains(log.type)
        do {
            if isLastAttempt {
                try postInSavepoint(entry.event, from: log, in: db)
            } else {
                try apply(entry.event, from: log, in: db)
            }
        } catch let error where !error.isTransient {
            let failure = EventFailure(
                lane: posting.lane, entry: log, reason: "\(withoutRow(error))", isFinal: error is UndecodableEvent)
            guard isLastAttempt else { throw failure }
            progress.hasParked = true
            progress.parked.append(failure)
            return try ParkedEvents.park(log, of: source, reason: failure.reason, in: db)
        }
        if entry.event != nil { progress.failing.clear(log.type) }
        if progress.excluded.isSuspect(log) { try ExcludedEvents.clear(log, in: db) }
    }

    /// Posts one event, or nothing of it.
    func postInSavepoint(_ event: (any DecodedEvent)?, from entry: LogEntry, in db: Database) throws {
        try db.inSavepoint {
            try apply(event, from: entry, in: db)
            return .commit
        }
    }

    /// Drops what is kept of a stream besides the projection's own rows.
    private func forget(_ stream: StreamName, of source: Source, in db: Database) throws {
        try ParkedEvents.remove(stream, of: source, in: db)
        try UnreadableMessages.remove(of: stream, in: db)
        try PendingErasureNotes.note(in: db)
    }

    /// Posts one event, which may throw, or end the process.
    func apply(_ event: (any DecodedEvent)?, from entry: LogEntry, in db: Database) throws {
        guard let event else { return }
        mark.begin(entry.id)
        defer { mark.clear() }
        let note = entry.beginNote()
        defer { EndingSignals.end(note) }
        try decoder.events(in: event, of: entry)?.withEach { try projection.apply($0, from: entry, in: db) }
    }

    /// Sees at which events the last process that fed this generation has ended, if at any. For who feeds it next.
    public func countCrash() async throws {
        let events = mark.takeEvents()
        guard !events.isEmpty else { return }
        try await write { db in for event in events { try ExcludedEvents.count(event, in: db) } }
        try await reloadExcludedEvents()
    }

    // MARK: Reading

    /// Reads rows beside the worker that posts. All statements of `body` see the same moment.
    ///
    /// - Throws: What `body` throws, or `DatabaseError`.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value { try await readers.readTogether(body) }

    /// The number of messages that are kept because they could not be read.
    public func unreadableCount() async throws -> Int {
        try await read { try UnreadableMessages.count(in: $0) }
    }

    // MARK: What it is to its read model

    /// What the file says of itself.
    public func record() async throws -> GenerationRecord {
        try await read { try GenerationRecord.read(in: $0) ?? GenerationRecord(role: .serving) }
    }

    /// Changes what the file says of itself.
    public func update(_ change: @escaping @Sendable (inout GenerationRecord) -> Void) async throws {
        let record = try await write { db in
            var record = try GenerationRecord.read(in: db) ?? GenerationRecord(role: .serving)
            change(&record)
            try record.write(in: db)
            return record
        }
        role.withLock { $0 = record.role }
        try await pool.writeWithoutTransaction { try Self.setFlushing(for: record.role, in: $0) }
    }

    /// Makes what is only needed for reading, erases what is left of forgotten streams, and brings everything to the disk.
    public func finish() async throws {
        try await write { db in
            guard try !ReadModelSchema.isIndexed(in: db) else { return }
            try Projection.createIndexes(in: db)
            try ReadModelSchema.setIndexed(in: db)
        }
        _ = try? await erasePending()
        try await pool.writeWithoutTransaction { db in
            try Self.setFlushing(for: .serving, in: db)
            _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Takes over which events are not to be posted.
    func reloadExcludedEvents() async throws {
        let fresh = try await read { try ExcludedEvents(in: $0) }
        excluded.replace(with: fresh)
    }
}
