import Glibc

/// What code is at, in memory that a signal's handler reads.
///
/// A part that is not known is empty, or 0. Texts are cut after ``limit`` bytes.
package struct EndingNote: @unchecked Sendable {
    // Unchecked: one thread writes at a time, and the handler reads on the thread that has the note.
    private struct Head {
        var isSet = false
        var version: Int64 = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        var ordinal = 0
        var streamLength = 0
        var typeLength = 0
        var commandLength = 0
    }

    static let limit = 320
    static let size = MemoryLayout<Head>.stride + 3 * limit

    private let head: UnsafeMutablePointer<Head>
    private let texts: UnsafeMutablePointer<UInt8>

    /// A note in `size` bytes of memory, which stay the caller's.
    init(at memory: UnsafeMutableRawPointer) {
        head = memory.bindMemory(to: Head.self, capacity: 1)
        head.initialize(to: Head())
        texts = (memory + MemoryLayout<Head>.stride).bindMemory(to: UInt8.self, capacity: 3 * Self.limit)
    }

    /// Makes a note of its own memory, to be given back by ``deallocate()``.
    package static func allocate() -> EndingNote {
        EndingNote(at: UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<Head>.alignment))
    }

    package func deallocate() { UnsafeMutableRawPointer(head).deallocate() }

    // MARK: Writing

    /// Names an event of a stream, as it is stored or published, or a command on it.
    package func set(
        stream: String, version: Int64 = 0, type: String = "", id: IntegrationEventID? = nil, command: String = ""
    ) {
        clear()
        head.pointee.streamLength = copy(stream, to: 0)
        head.pointee.typeLength = copy(type, to: 1)
        head.pointee.commandLength = copy(command, to: 2)
        head.pointee.version = version
        head.pointee.high = id?.event.high ?? 0
        head.pointee.low = id?.event.low ?? 0
        head.pointee.ordinal = id?.ordinal ?? 0
        // Last, so that the handler tells no note that is not whole.
        head.pointee.isSet = true
    }

    package func clear() { head.pointee.isSet = false }

    private func copy(_ text: String, to index: Int) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            let count = min(bytes.count, Self.limit)
            if let first = bytes.baseAddress { (texts + index * Self.limit).update(from: first, count: count) }
            return count
        }
    }

    // MARK: In the handler

    /// Adds what is known, in the order of the names. The log writes its values in that order too.
    func write(to line: inout EndingLine) {
        guard head.pointee.isSet else { return }
        if head.pointee.commandLength > 0 {
            line.add(value: "command", texts + 2 * Self.limit, head.pointee.commandLength)
        }
        if head.pointee.high != 0 {
            line.add(event: head.pointee.high, head.pointee.low, ordinal: head.pointee.ordinal)
        }
        line.add(value: "stream", texts, head.pointee.streamLength)
        if head.pointee.typeLength > 0 { line.add(value: "type", texts + Self.limit, head.pointee.typeLength) }
        if head.pointee.version > 0 { line.add(value: "version", head.pointee.version) }
    }
}
