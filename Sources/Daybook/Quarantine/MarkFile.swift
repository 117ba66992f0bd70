import Foundation

/// Notes of the domain's code that runs, in a file that is mapped into memory: the system keeps it when the process ends,
/// however it ends.
///
/// One slot for each piece of code that runs at once. A note costs a few stores to memory and is wiped afterwards, as it
/// may be personal. After a power failure the file says nothing, and nothing depends on it.
package final class MarkFile: @unchecked Sendable {
    // Unchecked: a slot belongs to the one who took it.
    private let base: UnsafeMutableRawPointer
    private let descriptor: Int32
    private let slots: Slots
    private let stride: Int
    private let size: Int

    /// What a slot has on the disk from the beginning, so that a full disk does not end the process at a note.
    private static let reserved = 16 << 10
    /// The phase, a version and three lengths.
    private static let headLength = 32
    /// Before the slots stands their length.
    private static let page = 4096

    /// Opens the file, empty. To be called after what was left in it was read.
    ///
    /// - Parameter bodyLimit: The longest body of a command that is to be noted, in bytes.
    /// - Throws: ``StoreError`` when it cannot be made, is not this user's own file, or has no room on the disk.
    package init(_ path: String, bodyLimit: Int) throws {
        slots = Slots(ProcessInfo.processInfo.activeProcessorCount * 2 + 16)
        stride = (Self.headLength + 1024 + max(bodyLimit, Self.reserved)) / Self.page * Self.page + Self.page
        size = Self.page + slots.count * stride
        descriptor = try OwnFile.descriptor(of: path)
        guard ftruncate(descriptor, 0) == 0, ftruncate(descriptor, off_t(size)) == 0,
            let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw StoreError("cannot map \(path): \(reason)")
        }
        self.base = base
        for start in [0] + (0..<slots.count).map({ offset(of: $0) }) {
            let status = posix_fallocate(descriptor, off_t(start), off_t(Self.reserved))
            guard status == 0 else {
                throw StoreError("no room for \(path): \(String(cString: strerror(status)))")
            }
        }
        base.storeBytes(of: Int64(stride), as: Int64.self)
    }

    deinit {
        munmap(base, size)
        close(descriptor)
    }

    private func offset(of slot: Int) -> Int { Self.page + slot * stride }

    /// Notes what runs from now on.
    ///
    /// - Returns: Where the note is, to be wiped.
    /// - Throws: `AppendError.unavailable` when the disk has no room for the note.
    package func note(_ work: MarkedWork) throws -> (slot: Int, length: Int) {
        let slot = take()
        do { return (slot, try write(work, in: slot)) } catch {
            slots.giveBack(slot)
            throw error
        }
    }

    /// Wipes a note. Its slot is somebody else's then.
    package func wipe(_ note: (slot: Int, length: Int)) {
        (base + offset(of: note.slot)).initializeMemory(as: UInt8.self, repeating: 0, count: note.length)
        slots.giveBack(note.slot)
    }

    /// Those who have slots run code that does not wait: there is one again soon.
    private func take() -> Int {
        while true {
            if let slot = slots.take() { return slot }
            sched_yield()
        }
    }

    /// - Returns: How many bytes the note has.
    private func write(_ work: MarkedWork, in slot: Int) throws -> Int {
        let start = base + offset(of: slot)
        var stream = work.stream.description
        var (name, body, number): (String, [UInt8], Int64) = ("", [], 0)
        switch work {
        case .stored(_, let version): number = version.rawValue
        case .new(_, let command): (name, body) = (command.name, command.body)
        }
        let isWhole = Self.headLength + stream.utf8.count + name.utf8.count + body.count <= stride
        if !isWhole { body = [] }
        let length = min(Self.headLength + stream.utf8.count + name.utf8.count + body.count, stride)
        if length > Self.reserved {
            guard posix_fallocate(descriptor, off_t(offset(of: slot)), off_t(length)) == 0 else {
                throw AppendError.unavailable("there is no room for a note of what runs")
            }
        }
        start.storeBytes(of: number, toByteOffset: 8, as: Int64.self)
        start.storeBytes(of: UInt32(isWhole ? body.count : Int(UInt32.max)), toByteOffset: 16, as: UInt32.self)
        start.storeBytes(of: UInt32(stream.utf8.count), toByteOffset: 20, as: UInt32.self)
        start.storeBytes(of: UInt32(name.utf8.count), toByteOffset: 24, as: UInt32.self)
        var end = start + Self.headLength
        stream.withUTF8 { end = Self.copy(UnsafeRawBufferPointer($0), to: end) }
        name.withUTF8 { end = Self.copy(UnsafeRawBufferPointer($0), to: end) }
        body.withUnsafeBytes { end = Self.copy($0, to: end) }
        // Last, so that a note that is not whole is none.
        start.storeBytes(of: work.phase, as: UInt8.self)
        return length
    }

    private static func copy(
        _ bytes: UnsafeRawBufferPointer, to end: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        if let first = bytes.baseAddress { end.copyMemory(from: first, byteCount: bytes.count) }
        return end + bytes.count
    }
}

// MARK: - After a crash

extension MarkFile {
    /// The work that a process was at when it ended, if it ended at any.
    ///
    /// - Throws: ``StoreError`` when the file cannot be read, or is not this user's own.
    package static func left(in path: String) throws -> [MarkedWork] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let descriptor = try OwnFile.descriptor(of: path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw StoreError("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        let size = Int(status.st_size)
        guard size > page else { return [] }
        // Mapped, as most of it has no place on the disk.
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw StoreError("cannot map \(path): \(String(cString: strerror(errno)))")
        }
        defer { munmap(base, size) }
        let bytes = UnsafeRawBufferPointer(start: base, count: size)
        let length = Int(bytes.loadUnaligned(as: Int64.self))
        guard length >= page, length <= size else { return [] }
        return Swift.stride(from: page, to: size - headLength, by: length).compactMap { work(at: $0, in: bytes) }
    }

    private static func work(at start: Int, in bytes: UnsafeRawBufferPointer) -> MarkedWork? {
        func number<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type) -> Value {
            bytes.loadUnaligned(fromByteOffset: start + offset, as: type)
        }
        let phase = bytes[start]
        let (bodyLength, streamLength, nameLength) = (
            Int(number(16, UInt32.self)), Int(number(20, UInt32.self)), Int(number(24, UInt32.self))
        )
        let end = start + headLength + streamLength + nameLength
        guard phase == 1 || phase == 2, end + bodyLength <= bytes.count else { return nil }
        func text(_ from: Int, _ length: Int) -> String { String(decoding: bytes[from..<from + length], as: UTF8.self) }
        guard let stream = try? StreamName(text(start + headLength, streamLength)) else { return nil }
        if phase == 1 { return .stored(stream, StreamVersion(rawValue: number(8, Int64.self))) }
        let name = text(start + headLength + streamLength, nameLength)
        return .new(stream, CommandText(name: name, body: Array(bytes[end..<end + bodyLength])))
    }
}

extension MarkedWork {
    fileprivate var phase: UInt8 {
        switch self {
        case .stored: 1
        case .new: 2
        }
    }
}
