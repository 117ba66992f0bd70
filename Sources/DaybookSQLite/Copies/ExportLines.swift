import Daybook
import Foundation
import GRDB

/// The first line of a full export: what the store was.
struct ExportHeader: Codable {
    static let version = 2
    /// The first version knows only the first format of the chain.
    static let readable = 1...version

    var daybook = "export"
    var version = ExportHeader.version
    var epoch: Epoch
    var partitions: Int
    /// The progress of the relay, by partition.
    var cursors: [Offset]
    /// How many events follow.
    var events: Int64
    /// The key file that the personal data are sealed with, if any.
    var keyRing: String?
    /// The position from which on the chain is of the second format; absent where it is of the first throughout.
    var chain2From: Position?
    /// The subjects that were forgotten.
    var forgotten: [String]?
    /// Those of them of whom something may be left that has to be removed.
    var unfinished: [String]?
    /// The number of keys that the key file has at least: an older file has fewer.
    var keysMade: Int?

    init(of db: Database) throws {
        epoch = try StoreIdentity.epoch(in: db)
        partitions = try StoreIdentity.partitionCount(in: db)
        cursors = try Queries.cursors(partitions, in: db)
        events = try StoreFile.head(in: db).position.rawValue
        keyRing = try StoreIdentity.keyRing(in: db)
        chain2From = try ChainTransition.stored(in: db)?.position
        keysMade = try StoreIdentity.keysMade(in: db)
        guard try db.tableExists("forgotten_subjects") else { return }
        forgotten = try String.fetchAll(db, sql: "SELECT stream FROM forgotten_subjects ORDER BY stream")
        unfinished = try String.fetchAll(
            db, sql: "SELECT stream FROM forgotten_subjects WHERE done_at IS NULL ORDER BY stream")
    }
}

/// The last line of a full export. One that breaks off has none.
struct ExportFooter: Codable, Equatable {
    var daybook = "end"
    var events: Int64
    var head: String

    init(_ head: NotedHead) {
        events = head.position.rawValue
        self.head = head.description
    }
}

/// A stored event as a line of an export: a CloudEvent 1.0 in JSON. Its attributes are texts, as those of messages are.
struct ExportedEvent: Codable {
    // MARK: What every line has, besides `data`

    var specversion = "1.0"
    var id: EventID
    var source: String
    var type: String
    var subject: String
    var time: Timestamp
    var datacontenttype = "application/json"
    var position: String
    var streamversion: String
    var schemaversion: String
    var recordedtime: Timestamp

    // MARK: For reading: the metadata

    var correlationid: String?
    var causationid: String?
    var actor: String?
    var traceparent: String?
    var compensates: String?
    /// As JSON: an attribute holds no object.
    var custom: String?

    // MARK: In a full export: what the store is made of again

    /// In base 64.
    var metadata: String?
    /// In base 64.
    var tags: String?
    var hash: String?
    /// The entries of the log as JSON: an attribute holds no array.
    var published: String?

    // MARK: Data that goes byte for byte

    var data: String?

    enum CodingKeys: String, CodingKey {
        case specversion, id, source, type, subject, time, datacontenttype, position, streamversion, schemaversion
        case recordedtime, correlationid, causationid, actor, traceparent, compensates, custom
        case metadata, tags, hash, published
        case data = "data_base64"
    }

    private init(_ event: StoredEvent, from source: String) {
        id = event.id
        self.source = source
        type = event.type
        subject = event.stream.description
        time = event.occurredAt
        position = event.position.description
        streamversion = event.version.description
        schemaversion = String(event.schemaVersion)
        recordedtime = event.recordedAt
    }
}

/// An entry of the log in a full export, in which nothing is said that follows from its event.
private struct ExportedEntry: Codable {
    var partition: Int
    var offset: Int64
    var type: String?
    var schemaversion: Int?
    var data: String?

    enum CodingKeys: String, CodingKey {
        case partition, offset, type, schemaversion
        case data = "data_base64"
    }

    init(_ entry: NewEvent.Published, at place: LogPlace, of event: NewEvent, in stream: StreamName) {
        partition = place.partition.index
        offset = place.offset.rawValue
        type = entry.ownType(beside: event, in: stream)
        schemaversion = entry.ownSchemaVersion(beside: event)
        data = entry.ownData(beside: event).map(base64)
    }

    var place: LogPlace { LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset)) }

    func published(of event: NewEvent, in stream: StreamName) throws -> NewEvent.Published {
        NewEvent.Published(
            ownType: type, schemaVersion: schemaversion, data: try data.map { try bytes($0, "data of an entry") },
            of: event, in: stream)
    }
}

// MARK: - For reading

extension ExportedEvent {
    /// The line of an event for reading.
    static func line(_ event: StoredEvent, from source: String) throws -> [UInt8] {
        var line = ExportedEvent(event, from: source)
        if let metadata = try? EventMetadata(decoding: event.metadata) {
            line.correlationid = metadata.correlationID
            line.causationid = metadata.causationID
            line.actor = metadata.actor
            line.traceparent = metadata.traceparent
            line.compensates = metadata.compensates
            if !metadata.custom.isEmpty {
                line.custom = String(decoding: try JSON.encode(metadata.custom), as: UTF8.self)
            }
        }
        // Data that is no JSON, or is written over several lines, would not fit in here as it is.
        guard isLineOfJSON(event.data) else {
            line.data = base64(event.data)
            return try lineOfJSON(line)
        }
        var text = try JSON.encode(line)
        text.removeLast()
        text += #","data":"#.utf8
        text += event.data
        text += "}\n".utf8
        return text
    }
}

// MARK: - For making the store again

extension ExportedEvent {
    /// The line of an event with all that its store has of it.
    static func line(_ whole: WholeEvent, from source: String) throws -> [UInt8] {
        var line = ExportedEvent(whole.stored, from: source)
        line.metadata = base64(whole.event.metadata)
        line.tags = whole.tags.map(base64)
        line.hash = whole.hash.description
        let entries = zip(whole.event.published, whole.places).map {
            ExportedEntry($0, at: $1, of: whole.event, in: whole.stream)
        }
        line.published = String(decoding: try JSON.encode(entries), as: UTF8.self)
        line.data = base64(whole.event.data)
        return try lineOfJSON(line)
    }

    /// What the line was made of.
    ///
    /// - Throws: ``StoreError`` naming what is missing or malformed; `DecodingError`, `NameError`.
    func whole() throws -> WholeEvent {
        func missing(_ attribute: String) -> StoreError { StoreError("its \(attribute) is missing or malformed") }
        guard let position = Int64(position) else { throw missing("position") }
        guard let version = Int64(streamversion) else { throw missing("streamversion") }
        guard let schemaVersion = Int(schemaversion) else { throw missing("schemaversion") }
        guard let hash = hash.flatMap({ ChainHash($0) }) else { throw missing("hash") }
        guard let metadata else { throw missing("metadata") }
        guard let data else { throw missing("data_base64") }
        guard let published else { throw missing("published") }
        let stream = try StreamName(subject)
        let entries = try JSON.decode([ExportedEntry].self, from: Array(published.utf8))
        var event = NewEvent(
            id: id, type: type, schemaVersion: schemaVersion, occurredAt: time, data: try bytes(data, "data_base64"),
            metadata: try bytes(metadata, "metadata"))
        event.published = try entries.map { [event] in try $0.published(of: event, in: stream) }
        return WholeEvent(
            position: Position(rawValue: position), event: event, stream: stream,
            version: StreamVersion(rawValue: version), recordedAt: recordedtime, tags: try storedTags(),
            places: entries.map(\.place), hash: hash)
    }

    /// The tags as they are stored.
    private func storedTags() throws -> [UInt8]? {
        try tags.map { try bytes($0, "tags") }
    }
}

/// A value as a line of its own.
func lineOfJSON(_ value: some Encodable) throws -> [UInt8] { try JSON.encode(value) + [UInt8(ascii: "\n")] }

private func isLineOfJSON(_ data: [UInt8]) -> Bool {
    if data.contains(where: { $0 < 0x20 }) { return false }
    do {
        _ = try data.withUnsafeBytes { try JSONData($0) }
        return true
    } catch { return false }
}

private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

private func bytes(_ base64: String, _ what: String) throws -> [UInt8] {
    guard let data = Data(base64Encoded: base64) else { throw StoreError("its \(what) is not in base 64") }
    return Array(data)
}
