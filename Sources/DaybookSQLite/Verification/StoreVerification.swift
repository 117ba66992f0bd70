public import Daybook
import GRDB

/// The first thing that is wrong with a store.
public struct StoreDamage: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where: everything before it is as it was written.
    public let position: Position
    public let reason: String

    public var description: String { "position \(position): \(reason)" }
}

/// Proves that a store is as it was written: the chain over all events, the density of positions, versions and offsets,
/// and the integration log against the events.
///
/// It only reads, also while a writer has the store, and sees the store as it is when it begins.
public struct StoreVerification: Sendable {
    private let path: String

    /// - Parameter path: The store's file.
    public init(path: String) { self.path = path }

    /// Verifies everything, or what comes after a head that was noted earlier.
    ///
    /// - Parameters:
    ///   - noted: Where to begin: what is before it is taken for proven when it was noted, and not read again.
    ///   - known: A head that the history must go through. One that is not after `noted` is only compared with what is
    ///     stored at its place.
    ///   - progress: Called now and then with how far it is, and how far it goes.
    /// - Returns: The head, worth noting.
    /// - Throws: ``StoreDamage``; `StoreError` when the file is no store, `DatabaseError` when it cannot be read.
    public func run(
        from noted: NotedHead? = nil, through known: NotedHead? = nil,
        progress: (Position, Position) throws -> Void = { _, _ in }
    ) throws -> NotedHead {
        try StoreFile(path).read { db in
            try Self.prove(from: noted, through: known, in: db, progress: progress) { _ in }
        }
    }

    /// The identity of the store's log.
    ///
    /// - Throws: `StoreError` when the file is no store, `DatabaseError` when it cannot be read.
    public func epoch() throws -> Epoch { try StoreFile(path).read { try StoreIdentity.epoch(in: $0) } }

    /// Verifies what a connection sees, and shows every event once it is proven.
    static func prove(
        from noted: NotedHead? = nil, through known: NotedHead? = nil, in db: Database,
        progress: (Position, Position) throws -> Void, _ body: (WholeEvent) throws -> Void
    ) throws -> NotedHead {
        let partitionCount = try StoreIdentity.partitionCount(in: db)
        let last = Position(rawValue: try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM events") ?? 0)
        let start = noted ?? NotedHead(position: .zero, hash: .genesis)
        if max(start.position, known?.position ?? .zero) > last {
            throw StoreDamage(position: last.next, reason: "the events from here on are gone")
        }
        try refuseOrphans(partitionCount, in: db)
        try require(start, in: db)
        if let known, known.position <= start.position { try require(known, in: db) }
        var walk = try Walk(after: start, partitionCount: partitionCount, in: db)
        while let event = try walk.next() {
            if event.position == known?.position, event.hash != known?.hash {
                throw StoreDamage(position: event.position, reason: "its hash is not the one that was noted")
            }
            try body(event)
            if event.position.rawValue % 10_000 == 0 { try progress(event.position, last) }
        }
        try progress(last, last)
        return walk.head
    }

    /// Compares a head with what is stored at its place.
    private static func require(_ head: NotedHead, in db: Database) throws {
        guard head.position > .zero else {
            guard head.hash == .genesis else {
                throw StoreDamage(position: head.position, reason: "nothing comes before the first event")
            }
            return
        }
        let stored = try ChainHash.fetch(at: head.position, in: db)
        guard stored == head.hash else {
            let reason = stored == nil ? "the event is gone" : "its hash is not the one that was noted"
            throw StoreDamage(position: head.position, reason: reason)
        }
    }

    /// Rows that no walk would meet.
    private static func refuseOrphans(_ partitionCount: Int, in db: Database) throws {
        for (what, rows) in orphans(partitionCount) {
            guard let position = try Int64.fetchOne(db, sql: "SELECT MIN(position) FROM \(rows)") else { continue }
            throw StoreDamage(position: Position(rawValue: position), reason: what)
        }
    }

    /// The place where such rows would be. Each is found by a key: nothing else is read.
    static func orphans(_ partitionCount: Int) -> [(what: String, rows: String)] {
        let outside = ["partition < 0", "partition >= \(partitionCount)"].map { condition in
            (what: "an entry of no partition", rows: "integration_log WHERE \(condition)")
        }
        let before = (0..<partitionCount).map { partition in
            (
                what: "an entry of the log before the first one",
                rows: "integration_log WHERE partition = \(partition) AND offset < 1"
            )
        }
        return [(what: "an event before the first one", rows: "events WHERE position < 1")] + outside + before
    }

    /// One way through the events, and through the log beside them.
    private struct Walk {
        private(set) var head: NotedHead
        private let events: PreparedStatement
        private var lanes: [LogLane]
        private let db: Database
        /// The place where the second format begins, as the store has noted it; `nil` where every link is of the first.
        private let chain: ChainTransition?
        /// The last version of each stream, by the number of its name.
        private var versions: [Int64: Int64] = [:]
        /// `nil` when nothing is before.
        private let earlierVersions: PreparedStatement?

        init(after start: NotedHead, partitionCount: Int, in db: Database) throws {
            head = start
            self.db = db
            chain = try ChainTransition.stored(in: db)
            earlierVersions =
                start.position > .zero
                ? try PreparedStatement(
                    "SELECT MAX(version) FROM events WHERE stream_id = ? AND position <= ?", in: db) : nil
            var statement = try PreparedStatement(
                """
                SELECT e.position, e.event_id, s.name, e.version, t.name, e.schema_version, e.occurred_at,
                    e.recorded_at, e.data, e.metadata, e.hash, e.tags, e.stream_id
                FROM events e LEFT JOIN streams s ON s.id = e.stream_id LEFT JOIN types t ON t.id = e.type_id
                WHERE e.position > ? ORDER BY e.position
                """, in: db)
            statement.bind(start.position.rawValue)
            events = statement
            lanes = try Partition.all(partitionCount).map { try LogLane($0, after: start.position, in: db) }
        }

        /// Verifies the next event.
        ///
        /// - Returns: The event; `nil` at the end.
        mutating func next() throws -> WholeEvent? {
            do { return try verifyNext() } catch let error as StoreError {
                throw StoreDamage(position: head.position.next, reason: error.description)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                throw StoreDamage(position: head.position.next, reason: "a page of the file is damaged")
            }
        }

        private mutating func verifyNext() throws -> WholeEvent? {
            let position = head.position.next
            guard try events.step() else {
                for lane in lanes {
                    if let place = lane.next {
                        throw StoreDamage(position: position, reason: "\(place) of the log has no event")
                    }
                }
                return nil
            }
            func damaged(_ reason: String) -> StoreDamage { StoreDamage(position: position, reason: reason) }
            guard events.int64(0) == position.rawValue else { throw damaged("the event is gone") }
            guard !events.isNull(2), !events.isNull(4) else { throw damaged("its stream or type has no name") }
            let (stream, number) = (StreamName(stored: events.text(2)), events.int64(12))
            let version = StreamVersion(rawValue: events.int64(3))
            guard try version.previous.rawValue == lastVersion(of: number) else {
                throw damaged("version \(version) of \(stream) does not follow the one before")
            }
            versions[number] = version.rawValue
            var event = NewEvent(
                id: try events.id(1), type: events.text(4), schemaVersion: events.int(5),
                occurredAt: Timestamp(microseconds: events.int64(6)), data: events.array(8), metadata: events.array(9))
            let partition = Partition.of(stream, among: lanes.count)
            let places = try lanes[partition.index].take(of: position, in: stream, into: &event)
            let whole = WholeEvent(
                position: position, event: event, stream: stream, version: version,
                recordedAt: Timestamp(microseconds: events.int64(7)), tags: events.isNull(11) ? nil : events.array(11),
                places: places, hash: try events.hash(10))
            guard try whole.link(after: head.hash, format: format(at: position)) == whole.hash else {
                throw damaged(
                    position == chain?.position && position > 1
                        ? "the event, or the schema version of an entry of the log before it, is not as it was written"
                        : "the event, or one of its entries in the log, is not as it was written")
            }
            head = NotedHead(position: position, hash: whole.hash)
            return whole
        }

        /// The digest that the first link of the second format seals is computed again, from what the log has now.
        private func format(at position: Position) throws -> EventChain.Format {
            guard let chain else { return .first }
            guard position == chain.position else { return chain.format(at: position) }
            return .transition(try ChainTransition.computed(at: position, in: db))
        }

        private mutating func lastVersion(of stream: Int64) throws -> Int64 {
            if let known = versions[stream] { return known }
            guard var earlier = earlierVersions else { return 0 }
            earlier.reset()
            earlier.bind(stream)
            earlier.bind(head.position.rawValue)
            defer { earlier.reset() }
            return try earlier.step() ? earlier.int64(0) : 0
        }
    }

    /// The entries of one partition, beside the events that they were made from. A link of the chain covers the places of
    /// its entries: one that is gone, or too many, is seen at its event.
    private struct LogLane {
        private struct Current {
            let place: LogPlace
            let position: Int64
            let ordinal: Int
            /// Own type, schema version and data: `nil` where they are those of the event.
            let type: String?
            let schemaVersion: Int?
            let data: [UInt8]?
        }

        private let rows: PreparedStatement
        private let partition: Partition
        private var current: Current?

        /// The place where the next entry is that was not taken.
        var next: LogPlace? { current?.place }

        init(_ partition: Partition, after position: Position, in db: Database) throws {
            self.partition = partition
            var statement = try PreparedStatement(
                // Statements are kept by their text: each partition needs one of its own.
                """
                SELECT l.offset, l.position, l.ordinal, t.name, l.data, l.type_id, l.schema_version
                FROM integration_log l LEFT JOIN types t ON t.id = l.type_id
                WHERE l.partition = \(partition.index) AND l.offset > ? ORDER BY l.offset
                """, in: db)
            let before = try Int64.fetchOne(
                db, sql: "SELECT MAX(offset) FROM integration_log WHERE partition = ? AND position <= ?",
                arguments: [partition.index, position.rawValue])
            statement.bind(before ?? 0)
            rows = statement
            try advance()
        }

        private mutating func advance() throws {
            guard try rows.step() else {
                current = nil
                return
            }
            guard rows.isNull(5) || !rows.isNull(3) else {
                throw StoreDamage(
                    position: Position(rawValue: rows.int64(1)), reason: "the type of its entry in the log has no name")
            }
            current = Current(
                place: LogPlace(partition: partition, offset: Offset(rawValue: rows.int64(0))),
                position: rows.int64(1), ordinal: rows.int(2), type: rows.isNull(3) ? nil : rows.text(3),
                schemaVersion: rows.isNull(6) ? nil : rows.int(6), data: rows.isNull(4) ? nil : rows.array(4))
        }

        /// Adds the entries of an event to it, in order.
        ///
        /// - Returns: Their places.
        mutating func take(
            of position: Position, in stream: StreamName, into event: inout NewEvent
        ) throws -> [LogPlace] {
            var places: [LogPlace] = []
            while let next = current, next.position <= position.rawValue {
                guard next.position == position.rawValue, next.ordinal == places.count else {
                    throw StoreDamage(
                        position: position, reason: "\(next.place) of the log is not where it was written")
                }
                event.published.append(
                    NewEvent.Published(
                        ownType: next.type, schemaVersion: next.schemaVersion, data: next.data, of: event, in: stream))
                places.append(next.place)
                try advance()
            }
            return places
        }
    }
}

extension ChainHash {
    fileprivate static func fetch(at position: Position, in db: Database) throws -> ChainHash? {
        var row = try PreparedStatement("SELECT hash FROM events WHERE position = ?", in: db)
        defer { row.reset() }
        row.bind(position.rawValue)
        return try row.step() ? row.hash(0) : nil
    }
}
