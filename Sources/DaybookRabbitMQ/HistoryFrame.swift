import Daybook

/// Requests and answers of the history service as bytes, which [Formats](<doc:Formats>) describes.
///
/// An answer carries entries as they are stored, so that the writer decodes nothing. All numbers are big-endian.
enum HistoryFrame {
    private static let requestMark: [UInt8] = Array("DBQ3".utf8)
    fileprivate static let answerMark: [UInt8] = Array("DBA3".utf8)

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

    static func decodeAnswer(_ bytes: [UInt8]) throws -> LogSlice {
        try bytes.withUnsafeBytes { try decodeAnswer($0, of: bytes) }
    }

    private static func decodeAnswer(_ bytes: UnsafeRawBufferPointer, of answer: [UInt8]) throws -> LogSlice {
        var reader = FrameReader(bytes)
        try reader.expect(answerMark)
        let epoch = try reader.id()
        let partition = Partition(Int(try reader.integer()))
        var slice = LogSlice(
            epoch: epoch, partitionCount: Int(try reader.integer()),
            head: Offset(rawValue: try reader.integer(from: 0)), anchor: nil, entries: [])
        let hasAnchor = try reader.integer() == 1
        let anchor = LogAnchor(
            id: IntegrationEventID(event: try reader.id(), ordinal: Int(try reader.integer())),
            hash: try reader.hash())
        if hasAnchor { slice.anchor = anchor }
        let count = try reader.integer()
        guard (0...10_000).contains(count) else { throw HistoryError("a history answer with \(count) entries") }
        slice.entries.reserveCapacity(Int(count))
        var previousHash = slice.anchor?.hash ?? ChainHash.genesis
        var type = ""
        for _ in 0..<count {
            let place = LogPlace(partition: partition, offset: Offset(rawValue: try reader.integer(from: 1)))
            let id = IntegrationEventID(event: try reader.id(), ordinal: Int(try reader.integer(from: 0)))
            let schemaVersion = Int(try reader.integer())
            let streamVersion = StreamVersion(rawValue: try reader.integer())
            let occurredAt = Timestamp(microseconds: try reader.integer())
            let recordedAt = Timestamp(microseconds: try reader.integer())
            let hash = try reader.hash()
            type = try reader.text(like: type)
            slice.entries.append(
                LogEntry(
                    place: place, id: id, type: type, schemaVersion: schemaVersion,
                    stream: StreamName(stored: try reader.text()), streamVersion: streamVersion,
                    occurredAt: occurredAt, recordedAt: recordedAt, data: answer[try reader.range()],
                    metadata: answer[try reader.range()], hash: hash, previousHash: previousHash))
            previousHash = hash
        }
        return slice
    }
}

/// An answer, written while the log shows its entries.
struct HistoryAnswer: EntryCollector {
    private var writer: FrameWriter
    private var count = 0
    private static let headLength = 116

    /// - Parameter capacity: About how many bytes the entries have.
    init(capacity: Int) {
        writer = FrameWriter(capacity: Self.headLength + capacity)
        writer.raw([UInt8](repeating: 0, count: Self.headLength))
    }

    mutating func add(_ entry: ShownEntry) {
        writer.integers(
            (
                entry.place.offset.rawValue.bigEndian, entry.id.event.high.bigEndian, entry.id.event.low.bigEndian,
                Int64(entry.id.ordinal).bigEndian, Int64(entry.schemaVersion).bigEndian,
                entry.streamVersion.rawValue.bigEndian, entry.occurredAt.microseconds.bigEndian,
                entry.recordedAt.microseconds.bigEndian
            ))
        writer.hash(entry.hash)
        writer.text(entry.type)
        writer.data(entry.stream)
        writer.data(entry.data)
        writer.data(entry.metadata)
        count += 1
    }

    /// The whole answer, with what is known when all entries were shown.
    consuming func bytes(_ slice: LogSlice, _ partition: Partition) -> [UInt8] {
        var head = FrameWriter(capacity: Self.headLength)
        head.raw(HistoryFrame.answerMark)
        head.id(slice.epoch)
        head.integer(Int64(partition.index))
        head.integer(Int64(slice.partitionCount))
        head.integer(slice.head.rawValue)
        head.integer(slice.anchor == nil ? 0 : 1)
        head.id(slice.anchor?.id.event ?? UniqueID(high: 0, low: 0))
        head.integer(Int64(slice.anchor?.id.ordinal ?? 0))
        head.hash(slice.anchor?.hash ?? .genesis)
        head.integer(Int64(count))
        return writer.finish(head: head.bytes)
    }
}

private struct FrameWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: About how many bytes will be written.
    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func raw(_ raw: [UInt8]) { bytes += raw }
    mutating func integer(_ value: Int64) { integers(value.bigEndian) }

    /// Numbers that are big-endian already, in one piece.
    mutating func integers<Numbers: BitwiseCopyable>(_ numbers: Numbers) {
        withUnsafeBytes(of: numbers) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { data(UnsafeRawBufferPointer($0)) }
    }

    mutating func id(_ id: UniqueID) { id.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    mutating func hash(_ hash: ChainHash) { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    /// Bytes behind their length of 32 bits.
    mutating func data(_ data: UnsafeRawBufferPointer) {
        integers(UInt32(data.count).bigEndian)
        bytes.append(contentsOf: data)
    }

    /// Puts what stands at the beginning into the place that was left for it.
    consuming func finish(head: [UInt8]) -> [UInt8] {
        bytes.replaceSubrange(0..<head.count, with: head)
        return bytes
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

    /// A number that cannot be less than another one.
    mutating func integer(from least: Int64) throws -> Int64 {
        let number = try integer()
        guard number >= least else { throw HistoryError("a history answer with the impossible number \(number)") }
        return number
    }

    mutating func id() throws -> UniqueID { UniqueID(high: try word(), low: try word()) }
    mutating func text() throws -> String { String(decoding: try slice(), as: UTF8.self) }

    /// A text that is often the same as before: then it is not made anew.
    mutating func text(like earlier: String) throws -> String {
        let bytes = try slice()
        var earlier = earlier
        let isSame = earlier.withUTF8 { $0.count == bytes.count && $0.elementsEqual(bytes) }
        return isSame ? earlier : String(decoding: bytes, as: UTF8.self)
    }

    /// The range of the next data.
    mutating func range() throws -> Range<Int> {
        let count = try slice().count
        return at - count..<at
    }

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
