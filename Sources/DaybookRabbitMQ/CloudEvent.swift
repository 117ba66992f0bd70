import Daybook
import RabbitMQ

/// An integration event as a message: CloudEvents 1.0 in binary mode, the attributes as application headers.
///
/// Besides the standard attributes: `partition`, `offset`, `epoch`, `streamversion`, `recordedtime`, `chain`,
/// `correlationid`, and where there is something to say `schemaversion`, `causationid`, `actor`, `traceparent`,
/// `compensates` and `custom`. The body is the data. Each header costs the broker more than its bytes do.
struct CloudEvent {
    /// The attributes in the order in which they are written, as headers are named.
    private enum Attribute: Int, CaseIterable {
        case specversion, id, source, type, subject, time, partition, offset, epoch, streamversion
        case recordedtime, chain, correlationid, causationid, actor, traceparent, schemaversion
        case compensates, custom

        static let headers = allCases.map { "cloudEvents:\($0)" }

        var header: String { Self.headers[rawValue] }
    }

    let source: Source
    let epoch: Epoch
    let entry: LogEntry

    // MARK: Writing

    func message() throws -> Message {
        var headers = FieldTable()
        headers.entries.reserveCapacity(Attribute.headers.count)
        func set(_ attribute: Attribute, _ value: String?) {
            guard let value else { return }
            headers.entries.append(.init(name: attribute.header, value: .string(value)))
        }
        let metadata = try EventMetadata(decoding: Array(entry.metadata))
        let id = entry.id.description
        set(.specversion, "1.0")
        set(.id, id)
        set(.source, source.description)
        set(.type, entry.type)
        set(.subject, entry.stream.description)
        set(.time, entry.occurredAt.description)
        set(.partition, String(entry.place.partition.index))
        set(.offset, entry.offset.description)
        set(.epoch, epoch.description)
        set(.streamversion, entry.streamVersion.description)
        set(.recordedtime, entry.recordedAt.description)
        set(.chain, ChainHash.pair(entry.previousHash, entry.hash))
        set(.correlationid, metadata.correlationID)
        set(.causationid, metadata.causationID)
        set(.actor, metadata.actor)
        set(.traceparent, metadata.traceparent)
        if entry.schemaVersion != 1 { set(.schemaversion, String(entry.schemaVersion)) }
        set(.compensates, metadata.compensates)
        if !metadata.custom.isEmpty {
            set(.custom, String(decoding: try JSON.encode(metadata.custom), as: UTF8.self))
        }
        return Message(
            body: Array(entry.data), contentType: "application/json", messageID: id, isPersistent: true,
            headers: headers)
    }

    // MARK: Reading

    /// - Throws: ``Unreadable`` saying what is missing or wrong.
    init(_ delivery: Delivery) throws(Unreadable) {
        guard !delivery.isTruncated else {
            throw Unreadable("the body of \(delivery.bodySize) bytes is too large")
        }
        try self.init(delivery.message)
    }

    /// - Throws: ``Unreadable`` saying what is missing or wrong.
    init(_ message: Message) throws(Unreadable) {
        let attributes = Attributes(message.headers)
        guard try attributes.text(.specversion) == "1.0" else { throw Unreadable("not a CloudEvent 1.0") }
        source = Source(try attributes.text(.source))
        epoch = try attributes.value(.epoch) { Epoch($0) }
        let partition = Partition(try attributes.value(.partition) { Int($0) })
        let offset = Offset(rawValue: try attributes.value(.offset) { Int64($0).flatMap { $0 > 0 ? $0 : nil } })
        let metadata = EventMetadata(
            correlationID: try attributes.text(.correlationid), causationID: attributes[.causationid],
            actor: attributes[.actor], traceparent: attributes[.traceparent], compensates: attributes[.compensates],
            custom: try attributes.custom())
        let (previousHash, hash) = try attributes.value(.chain) { ChainHash.pair($0) }
        guard let metadataBytes = try? metadata.encoded() else { throw Unreadable("attributes that are not text") }
        entry = LogEntry(
            place: LogPlace(partition: partition, offset: offset),
            id: try attributes.value(.id) { IntegrationEventID($0) }, type: try attributes.text(.type),
            schemaVersion: attributes[.schemaversion] == nil ? 1 : try attributes.value(.schemaversion) { Int($0) },
            stream: try attributes.value(.subject) { try? StreamName($0) },
            streamVersion: StreamVersion(rawValue: try attributes.value(.streamversion) { Int64($0) }),
            occurredAt: try attributes.value(.time) { Timestamp($0) },
            recordedAt: try attributes.value(.recordedtime) { Timestamp($0) }, data: message.body[...],
            metadata: metadataBytes[...], hash: hash, previousHash: previousHash)
    }

    init(source: Source, epoch: Epoch, entry: LogEntry) {
        self.source = source
        self.epoch = epoch
        self.entry = entry
    }

    struct Unreadable: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    private struct Attributes {
        private let headers: FieldTable

        init(_ headers: FieldTable) { self.headers = headers }

        /// Looks first where a relay would have written it.
        subscript(attribute: Attribute) -> String? {
            let (entries, place) = (headers.entries, attribute.rawValue)
            if place < entries.count, entries[place].name == attribute.header { return entries[place].value.string }
            return headers[attribute.header]?.string
        }

        func text(_ attribute: Attribute) throws(Unreadable) -> String {
            guard let text = self[attribute], !text.isEmpty else {
                throw Unreadable("the attribute \(attribute) is missing")
            }
            return text
        }

        func custom() throws(Unreadable) -> [String: String] {
            guard let text = self[.custom] else { return [:] }
            do { return try JSON.decode([String: String].self, from: Array(text.utf8)) } catch {
                throw Unreadable("the attribute custom is malformed")
            }
        }

        func value<Value>(_ attribute: Attribute, _ read: (String) -> Value?) throws(Unreadable) -> Value {
            guard let value = read(try text(attribute)) else {
                throw Unreadable("the attribute \(attribute) is malformed")
            }
            return value
        }
    }
}
