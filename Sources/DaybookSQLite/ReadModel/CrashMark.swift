import Daybook
import Foundation

/// Names the event that is being posted, in memory that outlives the process: whoever starts next sees at which event
/// the last one ended.
///
/// The page belongs to a file, so the system keeps what was written when a process ends, however it ends. Setting it
/// costs a few stores to memory. After a power failure it says nothing, and nothing depends on it.
final class CrashMark: @unchecked Sendable {
    // Unchecked: whoever has it posts one event after the other.
    private let page: UnsafeMutableRawPointer
    private static let size = 4096

    /// - Throws: ``StoreError``.
    init(_ path: String) throws {
        let descriptor = try OwnFile.descriptor(of: path)
        defer { close(descriptor) }
        // To write to a page that has no place on the disk ends the process when the disk is full.
        let error = posix_fallocate(descriptor, 0, off_t(Self.size))
        guard error == 0 else { throw StoreError("cannot reserve \(path): \(String(cString: strerror(error)))") }
        guard let page = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), page != MAP_FAILED
        else { throw StoreError("cannot map \(path): \(String(cString: strerror(errno)))") }
        self.page = page
    }

    deinit { munmap(page, Self.size) }

    /// The event at which a process ended before it was done.
    var event: IntegrationEventID? {
        guard page.load(as: UInt64.self) != 0 else { return nil }
        let words = page.assumingMemoryBound(to: UInt64.self)
        let ordinal = Int(truncatingIfNeeded: words[3])
        return IntegrationEventID(event: UniqueID(high: words[1], low: words[2]), ordinal: ordinal)
    }

    func begin(_ id: IntegrationEventID) {
        let words = page.assumingMemoryBound(to: UInt64.self)
        (words[1], words[2]) = (id.event.high, id.event.low)
        words[3] = UInt64(id.ordinal)
        words[0] = 1
    }

    func clear() { page.storeBytes(of: 0, as: UInt64.self) }
}
