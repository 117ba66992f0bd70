public import Daybook
import GRDB

/// A store's head as somebody has noted it. Who has it can prove that a store still has that history.
public struct NotedHead: Sendable, Hashable, CustomStringConvertible {
    public var position: Position
    public var hash: ChainHash

    public init(position: Position, hash: ChainHash) {
        self.position = position
        self.hash = hash
    }

    /// Reads `POSITION:HASH`; `nil` when the text is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let position = Int64(parts[0]), position >= 0, let hash = ChainHash(String(parts[1]))
        else { return nil }
        self.init(position: Position(rawValue: position), hash: hash)
    }

    public var description: String { "\(position):\(hash)" }
}

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
    ///   - known: A head that the history must go through.
    ///   - progress: Called now and then with how far it is, and how far it goes.
    /// - Returns: The head, worth noting.
    /// - Throws: ``StoreDamage``; `StoreError` when the file is no store, `DatabaseError` when it cannot be read.
    public func run(
        from noted: NotedHead? = nil, through known: NotedHead? = nil,
        progress: (Position, Position) throws -> Void = { _, _ in }
    ) throws -> NotedHead {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration).read { db in
            try FileKind.eventStore.check(db, path)
            let partitionCount = try StoreIdentity.partitionCount(in: db)
            let last = Position(rawValue: try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM events") ?? 0)
            let start = noted ?? NotedHead(position: .zero, hash: .genesis)
            if max(start.position, known?.position ?? .zero) > last {
                throw StoreDamage(position: last.next, reason: "the events from here on are gone")
            }
            try Self.refuseStrangers(partitionCount, in: db)
            var walk = try Walk(after: start, partitionCount: partitionCount, in: db)
            while let position = try walk.next() {
                if position == known?.position, walk.head.hash != known?.hash {
                    throw StoreDamage(position: position, reason: "its hash is not the one that was noted")
                }
                if position.rawValue % 10_000 == 0 { try progress(position, last) }
            }
            try progress(last, last)
            return walk.head
        }
    }

    /// Rows that no walk would meet.
    private static func refuseStrangers(_ partitionCount: Int, in db: Database) throws {
        for (what, condition) in [
            ("an event before the first one", "events WHERE position < 1"),
            ("an event with tags", "events WHERE tags IS NOT NULL"),
            ("an entry of the log before the first one", "integration_log WHERE offset < 1"),
            ("an entry of no partition", "integration_log WHERE partition NOT BETWEEN 0 AND \(partitionCount - 1)"),
        ] {
            guard let position = try Int64.fetchOne(db, sql: "SELECT MIN(position) FROM \(condition)") else { continue }
            throw StoreDamage(position: Position(rawValue: position), reason: what)
        }
    }

    /// One way through the events, and through the log beside them.
    private struct Walk {
        private(set) var head: NotedHead
        private let events: PreparedStatement
        private var lanes: [LogLane]
        private var versions: [String: Int64] = [:]
        private let earlierVersions: PreparedStatement?

        init(after start: NotedHead, partitionCount: Int, in db: Database) throws {
            head = start
            if start.position > .zero {
                let stored = try ChainHash.fetch(at: start.position, in: db)
                guard stored == start.hash else {
                    let reason = stored == nil ? "the event is gone" : "its hash is not the one that was noted"
                    throw StoreDamage(position: start.position, reason: reason)
                }
                earlierVersions = try PreparedStatement(
                    """
                    SELECT MAX(version) FROM events
                    WHERE stream_id = (SELECT id FROM streams WHERE name = ?) AND position <= ?
                    """, in: db)
            } else {
                guard start.hash == .genesis else {
                    throw StoreDamage(position: start.position, reason: "nothing comes before the first event")
                }
                earlierVersions = nil
            }
            var statement = try PreparedStatement(
                """
                SELECT e.position, e.event_id, s.name, e.version, t.name, e.schema_version, e.occurred_at,
                    e.recorded_at, e.data, e.metadata, e.hash
                FROM events e LEFT JOIN streams s ON s.id = e.stream_id LEFT JOIN types t ON t.id = e.type_id
                WHERE e.position > ? ORDER BY e.position
                """, in: db)
            statement.bind(start.position.rawValue)
            events = statement
            lanes = try Partition.all(partitionCount).map { try LogLane($0, after: start.position, in: db) }
        }

        /// Verifies the next event.
        ///
        /// - Returns: Its position; `nil` at the end.
        mutating func next() throws -> Position? {
            do { return try verifyNext() } catch let error as StoreError {
                throw StoreDamage(position: head.position.next, reason: error.description)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                throw StoreDamage(position: head.position.next, reason: "a page of the file is damaged")
            }
        }

        private mutating func verifyNext() throws -> Position? {
            let position = head.position.next
            guard try events.step() else {
                for lane in lanes {
                    if let entry = lane.current {
                        throw StoreDamage(position: position, reason: "\(entry.place) of the log has no event")
                    }
                }
                return nil
            }
            func damaged(_ reason: String) -> StoreDamage { StoreDamage(position: position, reason: reason) }
            guard events.int64(0) == position.rawValue else { throw damaged("the event is gone") }
            guard !events.isNull(2), !events.isNull(4) else { throw damaged("its stream or type has no name") }
            let stream = StreamName(stored: events.text(2))
            let version = StreamVersion(rawValue: events.int64(3))
            guard try version.rawValue - 1 == lastVersion(of: stream.description) else {
                throw damaged("version \(version) of \(stream) does not follow the one before")
            }
            versions[stream.description] = version.rawValue
            let event = NewEvent(
                id: try events.id(1), type: events.text(4), schemaVersion: events.int(5),
                occurredAt: Timestamp(microseconds: events.int64(6)), data: events.array(8), metadata: events.array(9))
            let partition = Partition.of(stream, among: lanes.count)
            let published = try lanes[partition.index].take(of: position, event, in: stream)
            let hash = EventChain.link(
                after: head.hash, event, stream: stream, version: version,
                recordedAt: Timestamp(microseconds: events.int64(7)), published: published)
            guard try events.hash(10) == hash else {
                throw damaged("the event, or one of its entries in the log, is not as it was written")
            }
            head = NotedHead(position: position, hash: hash)
            return position
        }

        private mutating func lastVersion(of stream: String) throws -> Int64 {
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
        struct Entry {
            let place: LogPlace
            let position: Int64
            let ordinal: Int
            let type: String?
            let data: [UInt8]?
        }

        private let rows: PreparedStatement
        private let partition: Partition
        private(set) var current: Entry?

        init(_ partition: Partition, after position: Position, in db: Database) throws {
            self.partition = partition
            var statement = try PreparedStatement(
                // Statements are kept by their text: each partition needs one of its own.
                """
                SELECT l.offset, l.position, l.ordinal, t.name, l.data, l.type_id
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
            current = Entry(
                place: LogPlace(partition: partition, offset: Offset(rawValue: rows.int64(0))), position: rows.int64(1),
                ordinal: rows.int(2), type: rows.isNull(3) ? nil : rows.text(3),
                data: rows.isNull(4) ? nil : rows.array(4))
        }

        /// The entries of an event, as they went into its link of the chain.
        mutating func take(
            of position: Position, _ event: NewEvent, in stream: StreamName
        ) throws -> [EventChain.Published] {
            var published: [EventChain.Published] = []
            while let entry = current, entry.position <= position.rawValue {
                guard entry.position == position.rawValue, entry.ordinal == published.count else {
                    throw StoreDamage(
                        position: position, reason: "\(entry.place) of the log is not where it was written")
                }
                published.append(
                    EventChain.Published(
                        place: entry.place, type: entry.type ?? "\(stream.category).\(event.type)",
                        data: entry.data ?? event.data))
                try advance()
            }
            return published
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
