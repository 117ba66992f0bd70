import Daybook
import Foundation
import GRDB

/// The counters of a store, which say where the next event goes, as a value. Inside a transaction it plans requests,
/// one after the other, and writes each before it plans the next, so that one sees those before it.
struct AppendCursor: Sendable {
    /// A stream's number and the version of its last event.
    struct Stream: Sendable {
        var id: Int64
        var version: StreamVersion
    }

    private var position: Position
    private var hash: ChainHash
    private let chain: ChainTransition
    private var recentIDs: RecentIDs
    private var recordedAt: Timestamp
    private var offsets: [Offset]
    /// The hash of the last entry of every partition.
    private var lastHashes: [ChainHash]
    private var additions = LogTail.Additions()
    /// All that the store has.
    private var types: [String: Int64] = [:]
    /// Those that are not remembered are looked up again.
    private var streams = RecentlyUsed<StreamName, Stream>(limit: 20_000)
    private let tags: TagIndex

    /// The last offset of every partition.
    var heads: [Offset] { offsets }

    /// Reads where a store ends.
    ///
    /// - Throws: ``StoreError`` when its end is damaged: what is appended would not follow what is stored.
    init(_ db: Database, partitionCount: Int, tags: TagIndex) throws {
        self.tags = tags
        let head = try StoreFile.head(in: db)
        position = head.position
        hash = head.hash
        guard let chain = try ChainTransition.stored(in: db) else {
            throw StoreError("the store has no note of its chain's format")
        }
        self.chain = chain
        recentIDs = RecentIDs(greatest: try Queries.greatestID(in: db))
        let last = try Int64.fetchOne(db, sql: "SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1")
        recordedAt = Timestamp(microseconds: last ?? 0)
        offsets = try Queries.heads(partitionCount, in: db)
        lastHashes = try offsets.enumerated().map { index, offset in
            let partition = Partition(index)
            if offset == .zero { return .genesis }
            guard let last = try Queries.anchor(partition, offset, in: db) else {
                throw StoreError("\(LogPlace(partition: partition, offset: offset)) of the log has no event")
            }
            return last.hash
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, id FROM types") { types[row[0]] = row[1] }
    }

    /// What was added to the log since this was last asked.
    mutating func takeAdditions() -> LogTail.Additions {
        defer { additions = LogTail.Additions() }
        return additions
    }

    // MARK: Planning

    /// Decides about a request, and writes nothing.
    ///
    /// - Throws: `AppendError` or `PersonalDataError` when it is refused; any other error is one of the store.
    func plan(
        _ request: AppendRequest, sealing keys: inout Seals.Keys, in db: Database
    ) throws -> AppendPlan {
        if let earlier = try earlierAnswer(to: request, in: db) { return .answer(earlier) }
        let stream = try check(request, in: db)
        return .write(try keys.seal(request), to: stream)
    }

    /// Decides about requests that belong together, and writes nothing.
    ///
    /// - Throws: `AppendError` or `PersonalDataError` when they are refused; any other error is one of the store.
    func plan(
        together requests: [AppendRequest], sealing keys: inout Seals.Keys, in db: Database
    ) throws -> [AppendPlan] {
        if let earlier = try requests.earlierAnswers({ try earlierAnswer(to: $0, in: db) }) {
            return earlier.map { AppendPlan.answer($0) }
        }
        let streams = try requests.map { try check($0, in: db) }
        try requests.refuseContradictions()
        try requests.refuseRepeatedIDs()
        let sealed = try requests.map { try keys.seal($0) }
        return zip(sealed, streams).map { AppendPlan.write($0, to: $1) }
    }

    /// `true` when a request writes anything, as things stand.
    func wouldWrite(_ request: AppendRequest, in db: Database) throws -> Bool {
        do {
            if try earlierAnswer(to: request, in: db) != nil { return false }
            _ = try check(request, in: db)
            return true
        } catch is AppendError { return false }
    }

    private func earlierAnswer(to request: AppendRequest, in db: Database) throws -> CommandAnswer? {
        if let record = request.idempotency,
            let earlier = try IdempotencyKeys.answer(to: record, under: tags.key, in: db)
        {
            return earlier
        }
        return try earlierAppend(request, in: db)
    }

    /// - Returns: The stream, if there is one.
    private func check(_ request: AppendRequest, in db: Database) throws -> Stream? {
        try request.refuseUnsendable()
        try [request].refuseRepeatedIDs()
        let stream = try find(request.stream, in: db)
        let actual = stream?.version ?? .zero
        guard request.expected.accepts(actual) else {
            throw AppendError.conflict(request.stream, expected: request.expected, actual: actual)
        }
        for condition in request.conditions {
            let found = try tags.positions(of: condition.events, after: condition.position, limit: 1, in: db)
            if let position = found.first { throw AppendError.conditionFailed(position) }
        }
        return stream
    }

    private func earlierAppend(_ request: AppendRequest, in db: Database) throws -> CommandAnswer? {
        var known: [(EventID, StoredEvent)] = []
        for event in request.events where recentIDs.mayContain(event.id) {
            if let stored = try Queries.event(event.id, in: db) { known.append((event.id, stored)) }
        }
        guard let last = known.last else { return nil }
        guard known.count == request.events.count, last.1.stream == request.stream else {
            throw AppendError.eventIDReused(known[0].0)
        }
        var answer = CommandAnswer(stream: request.stream, version: last.1.version, position: last.1.position)
        let partition = Partition.of(request.stream, among: offsets.count)
        let positions = known.map(\.1.position)
        answer.published = try Queries.lastPlace(partition, from: positions[0], through: last.1.position, in: db)
        answer.isRepeated = true
        return answer
    }

    private func find(_ name: StreamName, in db: Database) throws -> Stream? {
        if let known = streams[key: name] { return known }
        let sql = """
            SELECT id, (SELECT MAX(version) FROM events WHERE stream_id = streams.id) FROM streams WHERE name = ?
            """
        var row = try PreparedStatement(sql, in: db)
        defer { row.reset() }
        row.bind(name.description)
        guard try row.step() else { return nil }
        return Stream(id: row.int64(0), version: StreamVersion(rawValue: row.int64(1)))
    }

    // MARK: Writing

    /// Does what was planned, as long as nothing was written since.
    ///
    /// - Throws: An error that means that the transaction must go.
    mutating func write(_ plan: AppendPlan, now: Timestamp, in db: Database) throws -> CommandAnswer {
        switch plan {
        case .answer(let answer): answer
        case .write(let request, let stream): try write(request, to: stream, now: now, in: db)
        }
    }

    private mutating func write(
        _ request: AppendRequest, to known: Stream?, now: Timestamp, in db: Database
    ) throws -> CommandAnswer {
        var stream = known
        recordedAt = max(recordedAt, now)
        var answer = CommandAnswer(
            stream: request.stream, version: stream?.version ?? .zero, refusal: request.refusal)
        if !request.events.isEmpty {
            var open = try stream ?? create(request.stream, in: db)
            for event in request.events { try record(event, request.stream, &open, &answer, in: db) }
            stream = open
        }
        if let record = request.idempotency {
            try IdempotencyKeys.remember(answer, to: record, under: tags.key, at: recordedAt, in: db)
        }
        if let stream { streams.keep(stream, for: request.stream) }
        return answer
    }

    private func create(_ name: StreamName, in db: Database) throws -> Stream {
        Stream(id: try EventRows.insert(name: name.description, into: .streams, in: db), version: .zero)
    }

    private mutating func id(ofType name: String, in db: Database) throws -> Int64 {
        if let known = types[name] { return known }
        let id = try EventRows.insert(name: name, into: .types, in: db)
        types[name] = id
        return id
    }

    private mutating func record(
        _ event: NewEvent, _ name: StreamName, _ stream: inout Stream, _ answer: inout CommandAnswer, in db: Database
    ) throws {
        let partition = Partition.of(name, among: offsets.count)
        let first = offsets[partition.index].next
        let places = event.published.indices.map { LogPlace(partition: partition, offset: first + Int64($0)) }
        stream.version = stream.version.next
        let tags = event.tags.hashes(under: tags.key)
        hash = EventChain.link(
            after: hash, event, stream: name, version: stream.version, recordedAt: recordedAt, tags: tags.bytes,
            places: places, format: chain.format(at: position.next))
        position = position.next
        recentIDs.insert(event.id)
        try EventRows.insert(
            event, at: position, stream: stream.id, version: stream.version, type: try id(ofType: event.type, in: db),
            recordedAt: recordedAt, tags: tags.isEmpty ? nil : tags.bytes, hash: hash, in: db)
        try self.tags.add(tags, at: position, in: db)
        for (ordinal, entry) in event.published.enumerated() {
            try record(
                entry, at: places[ordinal], ordinal: ordinal, of: event, stream: name, version: stream.version,
                in: db)
        }
        offsets[partition.index] = first + Int64(event.published.count - 1)
        answer.version = stream.version
        answer.position = position
        if !event.published.isEmpty {
            answer.published = LogPlace(partition: partition, offset: offsets[partition.index])
        }
    }

    private mutating func record(
        _ entry: NewEvent.Published, at place: LogPlace, ordinal: Int, of event: NewEvent, stream: StreamName,
        version: StreamVersion, in db: Database
    ) throws {
        let type = try entry.ownType(beside: event, in: stream).map { try id(ofType: $0, in: db) }
        try EventRows.insert(entry, at: place, ordinal: ordinal, of: event, position: position, type: type, in: db)
        additions.add(
            LogEntry(
                place: place, id: IntegrationEventID(event: event.id, ordinal: ordinal), type: entry.type,
                schemaVersion: entry.schemaVersion, stream: stream, streamVersion: version,
                occurredAt: event.occurredAt, recordedAt: recordedAt, data: entry.data[...],
                metadata: event.metadata[...], hash: hash, previousHash: lastHashes[place.partition.index]))
        lastHashes[place.partition.index] = hash
    }
}
