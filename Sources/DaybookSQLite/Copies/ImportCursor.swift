import Daybook
import GRDB

/// Puts events into a new store as they were in another one, and proves each.
struct ImportCursor {
    private struct Stream {
        let id: Int64
        var version = StreamVersion.zero
    }

    /// The last event that was put in.
    private(set) var head = NotedHead(position: .zero, hash: .genesis)
    private var offsets: [Offset]
    private var streams: [StreamName: Stream] = [:]
    private var types: [String: Int64] = [:]

    /// The position from which on links are of the second format; `nil` where all are of the first.
    private let chain2From: Position?
    /// Known once that position was reached.
    private var chain: ChainTransition?

    init(partitionCount: Int, chain2From: Position?) {
        offsets = Array(repeating: .zero, count: partitionCount)
        self.chain2From = chain2From
    }

    /// Takes the next line of an export.
    ///
    /// - Returns: The footer, if it is one.
    /// - Throws: ``StoreDamage`` when it is not what must come next.
    mutating func take(_ line: [UInt8], in db: Database) throws -> ExportFooter? {
        let event: WholeEvent
        do { event = try JSON.decode(ExportedEvent.self, from: line).whole() } catch {
            if let footer = try? JSON.decode(ExportFooter.self, from: line), footer.daybook == "end" { return footer }
            throw damage("its line cannot be read: \(error)")
        }
        if event.position == chain2From { chain = try ChainTransition.computed(at: event.position, in: db) }
        try prove(event)
        try insert(event, in: db)
        head = NotedHead(position: event.position, hash: event.hash)
        return nil
    }

    private func damage(_ reason: String) -> StoreDamage { StoreDamage(position: head.position.next, reason: reason) }

    private func prove(_ event: WholeEvent) throws {
        guard event.position == head.position.next else { throw damage("the event is gone") }
        guard event.version == (streams[event.stream]?.version ?? .zero).next else {
            throw damage("version \(event.version) of \(event.stream) does not follow the one before")
        }
        let partition = Partition.of(event.stream, among: offsets.count)
        for (ordinal, stored) in event.places.enumerated() {
            let place = LogPlace(partition: partition, offset: offsets[partition.index].next + Int64(ordinal))
            guard stored == place else { throw damage("\(stored) of the log is not where it was written") }
        }
        guard event.link(after: head.hash, format: chain?.format(at: event.position) ?? .first) == event.hash else {
            throw damage("the event, or one of its entries in the log, is not as it was written")
        }
    }

    private mutating func insert(_ whole: WholeEvent, in db: Database) throws {
        let stream =
            try streams[whole.stream]?.id
            ?? EventRows.insert(name: whole.stream.description, into: .streams, in: db)
        streams[whole.stream] = Stream(id: stream, version: whole.version)
        try EventRows.insert(
            whole.event, at: whole.position, stream: stream, version: whole.version,
            type: try id(ofType: whole.event.type, in: db), recordedAt: whole.recordedAt, tags: whole.tags,
            hash: whole.hash, in: db)
        for (ordinal, entry) in whole.event.published.enumerated() {
            let place = whole.places[ordinal]
            let type = try entry.ownType(beside: whole.event, in: whole.stream).map { try id(ofType: $0, in: db) }
            try EventRows.insert(
                entry, at: place, ordinal: ordinal, of: whole.event, position: whole.position, type: type, in: db)
            offsets[place.partition.index] = place.offset
        }
    }

    private mutating func id(ofType name: String, in db: Database) throws -> Int64 {
        if let known = types[name] { return known }
        let id = try EventRows.insert(name: name, into: .types, in: db)
        types[name] = id
        return id
    }

    /// Notes where the second format begins: with the next event, if it did not before.
    func setChain(in db: Database) throws {
        if let chain { return try chain.store(in: db) }
        try ChainTransition.begin(in: db)
    }

    /// Lets the relay go on where that of the old store was.
    func setRelay(_ cursors: [Offset], in db: Database) throws {
        for (partition, cursor) in cursors.enumerated() {
            try db.execute(
                sql: "INSERT INTO relay_cursors VALUES(?, ?)",
                arguments: [partition, min(cursor, offsets[partition]).rawValue])
        }
    }
}
