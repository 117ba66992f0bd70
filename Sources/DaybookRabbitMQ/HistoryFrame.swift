import Daybook

/// Requests and answers of the history service as bytes.
///
/// An answer carries entries as they are stored, so that the writer decodes nothing. All numbers are big-endian;
/// texts and bytes have a 32-bit length before them.
enum HistoryFrame {
    private static let requestMark: [UInt8] = Array("DBQ2".utf8)
    private static let answerMark: [UInt8] = Array("DBA2".utf8)

    struct Request: Equatable {
        var partition: Partition
        var after: Offset
        var limit: Int
    }

    static func encode(_ request: Request) -> [UInt8] {
        var writer = FrameWriter(capacity: 28)
        writer.raw(requestMark)
        writer.integer(Int64(request.partition.index))
        writer.integer(request.after.rawValue)
        writer.integer(Int64(request.limit))
        return writer.bytes
    }

    static func decodeRequest(_ bytes: [UInt8]) throws -> Request { try bytes.withUnsafeBytes(decodeRequest) }

    private static func decodeRequest(_ bytes: UnsafeRawBufferPointer) throws -> Request {
        var reader = FrameReader(bytes)
        try reader.expect(requestMark)
        let (partition, after, limit) = (try reader.integer(), try reader.integer(), try reader.integer())
        guard (0..<100).contains(partition), after >= 0, (0...10_000).contains(limit) else {
            throw HistoryError("a history request out of range")
        }
        return Request(partition: Partition(Int(partition)), after: Offset(rawValue: after), limit: Int(limit))
    }

    static func encode(_ slice: LogSlice) -> [UInt8] {
        let texts = slice.entries.reduce(0) { sum, entry in
            sum + entry.type.utf8.count + entry.stream.description.utf8.count + entry.data.count + entry.metadata.count
        }
        var writer = FrameWriter(capacity: 200 + slice.entries.count * 150 + texts)
        writer.raw(answerMark)
        writer.id(slice.epoch)
        writer.integer(Int64(slice.partitionCount))
        writer.integer(slice.head.rawValue)
        writer.integer(slice.anchor == nil ? 0 : 1)
        if let anchor = slice.anchor {
            writer.id(anchor.id.event)
            writer.integer(Int64(anchor.id.ordinal))
            writer.hash(anchor.hash)
        }
        writer.integer(Int64(slice.entries.count))
        for entry in slice.entries {
            writer.integer(Int64(entry.place.partition.index))
            writer.integer(entry.offset.rawValue)
            writer.id(entry.id.event)
            writer.integer(Int64(entry.id.ordinal))
            writer.text(entry.type)
            writer.integer(Int64(entry.schemaVersion))
            writer.text(entry.stream.description)
            writer.integer(entry.streamVersion.rawValue)
            writer.integer(entry.occurredAt.microseconds)
            writer.integer(entry.recordedAt.microseconds)
            writer.data(entry.data)
            writer.data(entry.metadata)
            writer.hash(entry.hash)
        }
        return writer.bytes
    }

    static func decodeAnswer(_ bytes: [UInt8]) throws -> LogSlice { try bytes.withUnsafeBytes(decodeAnswer) }

    private static func decodeAnswer(_ bytes: UnsafeRawBufferPointer) throws -> LogSlice {
        var reader = FrameReader(bytes)
        try reader.expect(answerMark)
        let epoch = try reader.id()
        let partitionCount = Int(try reader.integer())
        let head = Offset(rawValue: try reader.integer())
        var anchor: LogAnchor?
        if try reader.integer() == 1 {
            let id = IntegrationEventID(event: try reader.id(), ordinal: Int(try reader.integer()))
            anchor = LogAnchor(id: id, hash: try reader.hash())
        }
        let count = try reader.integer()
        guard (0...10_000).contains(count) else { throw HistoryError("a history answer with \(count) entries") }
        var entries: [LogEntry] = []
        var previousHash = anchor?.hash ?? ChainHash.genesis
        var type = ""
        entries.reserveCapacity(Int(count))
        for _ in 0..<count {
            let place = LogPlace(
                partition: Partition(Int(try reader.integer())), offset: Offset(rawValue: try reader.integer()))
            let id = IntegrationEventID(event: try reader.id(), ordinal: Int(try reader.integer()))
            type = try reader.text(like: type)
            entries.append(
                LogEntry(
                    place: place, id: id, type: type, schemaVersion: Int(try reader.integer()),
                    stream: StreamName(stored: try reader.text()),
                    streamVersion: StreamVersion(rawValue: try reader.integer()),
                    occurredAt: Timestamp(microseconds: try reader.integer()),
                    recordedAt: Timestamp(microseconds: try reader.integer()), data: try reader.data(),
                    metadata: try reader.data(), hash: try reader.hash(), previousHash: previousHash))
            previousHash = entries[entries.count - 1].hash
        }
        return LogSlice(epoch: epoch, partitionCount: partitionCount, head: head, anchor: anchor, entries: entries)
    }
}

private struct FrameWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: About how many bytes will be written.
    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func raw(_ raw: [UInt8]) { bytes += raw }
    mutating func integer(_ value: Int64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { data(UnsafeRawBufferPointer($0)) }
    }

    mutating func id(_ id: UniqueID) { id.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    mutating func hash(_ hash: ChainHash) { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    mutating func data(_ data: [UInt8]) { data.withUnsafeBytes { self.data($0) } }

    private mutating func data(_ data: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(data.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: data)
    }
}

/// Reads bytes that outlive it.
private struct FrameReader {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func expect(_ mark: [UInt8]) throws {
        guard bytes.starts(with: mark) else { throw HistoryError("not a history message of this version") }
        at = mark.count
    }

    mutating func integer() throws -> Int64 { Int64(bitPattern: try word()) }
    mutating func id() throws -> UniqueID { UniqueID(high: try word(), low: try word()) }
    mutating func text() throws -> String { String(decoding: try slice(), as: UTF8.self) }

    /// A text that is often the same as before: then it is not made anew.
    mutating func text(like earlier: String) throws -> String {
        let bytes = try slice()
        var earlier = earlier
        let isSame = earlier.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
        return isSame ? earlier : String(decoding: bytes, as: UTF8.self)
    }

    mutating func data() throws -> [UInt8] { Array(try slice()) }

    mutating func hash() throws -> ChainHash {
        guard let hash = ChainHash(bytes: try take(32)) else {
            throw HistoryError("a history message that breaks off")
        }
        return hash
    }

    private mutating func word() throws -> UInt64 {
        UInt64(bigEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    private mutating func slice() throws -> UnsafeRawBufferPointer {
        let count = UInt32(bigEndian: try take(4).loadUnaligned(as: UInt32.self))
        return try take(Int(count))
    }

    private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard at + count <= bytes.count else { throw HistoryError("a history message that breaks off") }
        defer { at += count }
        return UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
    }
}
