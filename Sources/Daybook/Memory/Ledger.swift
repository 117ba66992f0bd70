/// A store as a plain value: the reference that every store is held against.
public struct Ledger: Sendable {
    public let epoch: Epoch
    public private(set) var events: [StoredEvent] = []
    /// The integration log, by partition.
    public private(set) var log: [[LogEntry]]
    public private(set) var cursors: [Offset]
    /// Seals personal data; `nil` in a store without keys.
    var subjects: SubjectKeys?
    private var streams: [StreamName: [Int]] = [:]
    private var positions: [EventID: Int] = [:]
    /// By the bytes of their keys, as a database has them: for Swift, keys are equal however they are composed.
    private var answers: [[UInt8]: Remembered] = [:]
    private var seenDays = SeenDays()
    private var lastRecordedAt = Timestamp(microseconds: 0)
    /// The tags by which each event is found.
    private var tags: [Set<Tag>] = []
    /// The tags with which each event was appended.
    private var ownTags: [Set<Tag>] = []
    /// Nobody else can read what is in memory.
    static let tagKey = TagKey(bytes: Array(repeating: 0, count: 32))

    /// The answer to a command, as it is remembered.
    private struct Remembered {
        let hash: [UInt8]
        let answer: CommandAnswer
        let recordedAt: Timestamp
    }

    /// - Parameter hasKeys: Whether personal data are encrypted, so that they can be forgotten.
    public init(partitionCount: Int, epoch: Epoch = .new(), hasKeys: Bool = false) {
        self.epoch = epoch
        log = Array(repeating: [], count: partitionCount)
        cursors = Array(repeating: .zero, count: partitionCount)
        subjects = hasKeys ? SubjectKeys() : nil
    }

    public func version(of stream: StreamName) -> StreamVersion {
        StreamVersion(rawValue: Int64(streams[stream]?.count ?? 0))
    }

    public func answer(to record: IdempotencyRecord) throws(AppendError) -> CommandAnswer? {
        guard let known = answers[Array(record.key.utf8)] else { return nil }
        guard known.hash == record.requestHash else { throw .keyReused }
        var answer = known.answer
        answer.isRepeated = true
        return answer
    }

    /// Appends all events of the request, or nothing.
    ///
    /// - Throws: ``AppendError``; ``PersonalDataError`` and `DecodingError` for personal data that cannot be sealed.
    public mutating func append(_ request: AppendRequest, now: Timestamp) throws -> CommandAnswer {
        if let earlier = try earlierAnswer(to: request) { return earlier }
        try check(request)
        let request = try sealed(request)
        return record(request, now)
    }

    /// Appends all or none.
    ///
    /// - Throws: ``AppendError``; ``PersonalDataError`` and `DecodingError` for personal data that cannot be sealed.
    public mutating func append(_ requests: [AppendRequest], now: Timestamp) throws -> [CommandAnswer] {
        if let earlier = try requests.earlierAnswers({ try earlierAnswer(to: $0) }) { return earlier }
        for request in requests { try check(request) }
        try requests.refuseContradictions()
        try requests.refuseRepeatedIDs()
        var all: [AppendRequest] = []
        for request in requests { all.append(try sealed(request)) }
        return all.map { record($0, now) }
    }

    private mutating func sealed(_ request: AppendRequest) throws -> AppendRequest {
        try subjects?.seal(request) ?? request
    }

    private func earlierAnswer(to request: AppendRequest) throws(AppendError) -> CommandAnswer? {
        if let record = request.idempotency, let earlier = try answer(to: record) { return earlier }
        return try earlierAppend(request)
    }

    private func check(_ request: AppendRequest) throws(AppendError) {
        try request.refuseUnsendable()
        try [request].refuseRepeatedIDs()
        let actual = version(of: request.stream)
        guard request.expected.accepts(actual) else {
            throw .conflict(request.stream, expected: request.expected, actual: actual)
        }
        for condition in request.conditions {
            guard let event = read(condition.events, after: condition.position, limit: 1).first else { continue }
            throw .conditionFailed(event.position)
        }
    }

    private mutating func record(_ request: AppendRequest, _ now: Timestamp) -> CommandAnswer {
        lastRecordedAt = max(lastRecordedAt, now)
        var answer = CommandAnswer(
            stream: request.stream, version: version(of: request.stream), refusal: request.refusal)
        for event in request.events { record(event, request.stream, &answer) }
        if let record = request.idempotency {
            answers[Array(record.key.utf8)] = Remembered(
                hash: record.requestHash, answer: answer, recordedAt: lastRecordedAt)
        }
        return answer
    }

    /// The answer to an append whose events are all stored already.
    private func earlierAppend(_ request: AppendRequest) throws(AppendError) -> CommandAnswer? {
        let known = request.events.filter { positions[$0.id] != nil }
        guard let first = known.first else { return nil }
        guard known.count == request.events.count, let last = positions[known[known.count - 1].id],
            events[last].stream == request.stream
        else { throw .eventIDReused(first.id) }
        var answer = CommandAnswer(
            stream: request.stream, version: events[last].version, position: events[last].position)
        let partition = Partition.of(request.stream, among: log.count)
        let ids = Set(known.map(\.id))
        answer.published = log[partition.index].last { ids.contains($0.id.event) }?.place
        answer.isRepeated = true
        return answer
    }

    private mutating func record(_ event: NewEvent, _ stream: StreamName, _ answer: inout CommandAnswer) {
        let version = version(of: stream).next
        let position = Position(rawValue: Int64(events.count + 1))
        let partition = Partition.of(stream, among: log.count)
        let head = Offset(rawValue: Int64(log[partition.index].count))
        let places = event.published.indices.map { LogPlace(partition: partition, offset: head + Int64($0 + 1)) }
        let hash = EventChain.link(
            after: events.last?.hash ?? ChainHash.genesis, event, stream: stream, version: version,
            recordedAt: lastRecordedAt, tags: event.tags.bytes(under: Self.tagKey), places: places,
            format: ChainTransition.atStart.format(at: position))
        for (ordinal, published) in event.published.enumerated() {
            log[partition.index].append(
                LogEntry(
                    place: places[ordinal], id: IntegrationEventID(event: event.id, ordinal: ordinal),
                    type: published.type, schemaVersion: published.schemaVersion, stream: stream,
                    streamVersion: version, occurredAt: event.occurredAt, recordedAt: lastRecordedAt,
                    data: published.data[...], metadata: event.metadata[...], hash: hash,
                    previousHash: log[partition.index].last?.hash ?? ChainHash.genesis))
        }
        positions[event.id] = events.count
        streams[stream, default: []].append(events.count)
        tags.append(Set(event.tags))
        ownTags.append(Set(event.tags))
        events.append(
            StoredEvent(
                position: position, id: event.id, stream: stream, version: version, type: event.type,
                schemaVersion: event.schemaVersion, occurredAt: event.occurredAt, recordedAt: lastRecordedAt,
                data: event.data, metadata: event.metadata, hash: hash))
        answer.version = version
        answer.position = position
        answer.published = places.last ?? answer.published
    }

    public func read(_ stream: StreamName, after version: StreamVersion, limit: Int) -> [StoredEvent] {
        (streams[stream] ?? []).dropFirst(Int(max(0, version.rawValue))).prefix(limit).map { events[$0] }
    }

    public func read(after position: Position, limit: Int) -> [StoredEvent] {
        Array(events.dropFirst(Int(max(0, position.rawValue))).prefix(limit))
    }

    public func read(_ query: EventQuery, after position: Position, limit: Int) -> [StoredEvent] {
        let events = events.lazy.dropFirst(Int(max(0, position.rawValue)))
        return Array(
            events.filter { query.means(stream: $0.stream, type: $0.type, tags: tags[Int($0.position.rawValue) - 1]) }
                .prefix(limit))
    }

    /// Finds events that a query means. Each event of the range is looked at.
    public func find(_ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int) -> FoundEvents {
        switch range {
        case .after(let position):
            let later = events.dropFirst(Int(max(0, position.rawValue)))
            return search(later, for: query, from: position, limit: limit, maximumLooks: maximumLooks)
        case .before(let position):
            let earlier = events.prefix(Int(max(0, position.previous.rawValue))).reversed()
            var found = search(earlier, for: query, from: position, limit: limit, maximumLooks: maximumLooks)
            found.positions.reverse()
            return found
        }
    }

    private func search(
        _ candidates: some Sequence<StoredEvent>, for query: EventQuery, from start: Position, limit: Int,
        maximumLooks: Int
    ) -> FoundEvents {
        var found = FoundEvents(positions: [], end: start, isComplete: false)
        var looks = 0
        for event in candidates {
            guard found.positions.count < limit, looks < maximumLooks else { return found }
            looks += 1
            found.end = event.position
            let tags = tags[Int(event.position.rawValue) - 1]
            guard query.means(stream: event.stream, type: event.type, tags: tags) else { continue }
            found.positions.append(event.position)
        }
        found.isComplete = true
        return found
    }

    public func read(at positions: [Position]) -> [StoredEvent] {
        positions.filter { $0 > .zero && $0.rawValue <= events.count }.map { events[Int($0.rawValue) - 1] }
    }

    public func slice(_ partition: Partition, after offset: Offset, limit: Int, maximumBytes: Int) -> LogSlice {
        let lane = partition.index < log.count ? log[partition.index] : []
        let index = Int(max(0, offset.rawValue))
        var bytes = 0
        let entries = lane.dropFirst(index).prefix(limit).prefix { entry in
            defer { bytes += entry.data.count + entry.metadata.count + 200 }
            return bytes == 0 || bytes < maximumBytes
        }
        return LogSlice(
            epoch: epoch, partitionCount: log.count, head: Offset(rawValue: Int64(lane.count)),
            anchor: index > 0 && index <= lane.count ? lane[index - 1].anchor : nil, entries: Array(entries))
    }

    // MARK: What changes besides

    /// Forgets the answers to commands that are older than so many days. Only days on which this is called count.
    ///
    /// - Returns: How many there were.
    mutating func removeAnswers(olderThan days: Int, today: Timestamp) -> Int {
        let last = answers.values.map(\.recordedAt).max() ?? Timestamp(microseconds: 0)
        seenDays.see(today.day, lastAnswer: last, keeping: days)
        guard let beginning = seenDays.beginning(ofLast: days) else { return 0 }
        let count = answers.count
        answers = answers.filter { $0.value.recordedAt >= beginning }
        return count - answers.count
    }

    /// Forgets the answers to commands on a stream.
    mutating func removeAnswers(on stream: StreamName) {
        answers = answers.filter { $0.value.answer.stream != stream.description }
    }

    /// The names of the streams, in no order.
    var streamNames: some Collection<StreamName> { streams.keys }

    /// Lets an event be found by these tags and no others.
    mutating func setTags(_ found: Set<Tag>, at position: Position) { tags[Int(position.rawValue) - 1] = found }

    /// Lets an event be found by none but these tags.
    mutating func keepTags(_ kept: Set<Tag>, at position: Position) {
        tags[Int(position.rawValue) - 1].formIntersection(kept)
    }

    /// Lets an event be found by what it was appended with, too.
    mutating func addOwnTags(at position: Position) {
        let index = Int(position.rawValue) - 1
        tags[index].formUnion(ownTags[index])
    }

    /// Lets the events of a stream be found by no tags.
    mutating func removeTags(of stream: StreamName) {
        for index in streams[stream] ?? [] { tags[index] = [] }
    }

    public mutating func moveCursors(_ moved: [Partition: Offset]) {
        for (partition, offset) in moved { cursors[partition.index] = max(cursors[partition.index], offset) }
    }
}
