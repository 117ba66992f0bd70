import Daybook
import Foundation
import Synchronization

/// Names the events that are being decoded and posted, in memory that outlives the process: whoever starts next sees at
/// which events the last one ended.
///
/// The memory belongs to a file, so the system keeps what was written when a process ends, however it ends. Setting it
/// costs a few stores to memory. After a power failure it says nothing, and nothing depends on it.
///
/// Several processes may have the file, and each may have it more than once. Each mark writes to a share that it keeps
/// locked while it lives, so that nobody takes what a living process is busy with for the end of one. A mark for which no
/// share is left writes where nobody looks: at which events its process ends is not known then.
final class CrashMark: @unchecked Sendable {
    // Unchecked: nobody else writes to the share, each slot for decoding is given to one task at a time, and whoever has
    // the mark posts one event after the other.
    private let shares: UnsafeMutableRawPointer
    private let descriptor: Int32
    /// `nil` when others have all of them.
    private let share: Int?
    /// The place where this mark writes: its share, or memory of its own.
    private let slots: UnsafeMutableRawPointer
    private let watch: Int?

    /// Far more than there are: a process opens a generation once to feed it, and for a moment for what an operator asks.
    private static let shareCount = 32
    /// The first slot is for the event that is being posted, the others are for those that are being decoded.
    private static let slotCount = 16
    /// What stands in a slot that somebody has taken and not yet written to.
    private static let taken: UInt64 = 3
    /// A line of the processor's cache: those who write to different slots do not wait for each other.
    private static let slotSize = 64
    private static let shareSize = slotCount * slotSize
    private static let size = shareCount * shareSize

    /// - Parameter isPostingSlow: Whether posting takes so long that a process may well be killed meanwhile. Then only
    ///   those count that end themselves.
    /// - Throws: ``StoreError``.
    init(_ path: String, isPostingSlow: Bool = false) throws {
        let descriptor = try OwnFile.descriptor(of: path)
        // To write to a page that has no place on the disk ends the process when the disk is full.
        let error = posix_fallocate(descriptor, 0, off_t(Self.size))
        guard error == 0 else {
            close(descriptor)
            throw StoreError("cannot reserve \(path): \(String(cString: strerror(error)))")
        }
        guard let shares = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            shares != MAP_FAILED
        else {
            let error = errno
            close(descriptor)
            throw StoreError("cannot map \(path): \(String(cString: strerror(error)))")
        }
        self.shares = shares
        self.descriptor = descriptor
        let share = (0..<Self.shareCount).first { Self.lock($0, of: descriptor) }
        self.share = share
        slots = share.map { shares + $0 * Self.shareSize } ?? Self.unsharedSlots()
        watch = isPostingSlow ? EndingSignals.watch(Self.slot(0, in: slots)) : nil
    }

    private static func unsharedSlots() -> UnsafeMutableRawPointer {
        let slots = UnsafeMutableRawPointer.allocate(byteCount: shareSize, alignment: slotSize)
        slots.initializeMemory(as: UInt8.self, repeating: 0, count: shareSize)
        return slots
    }

    deinit {
        if let watch { EndingSignals.unwatch(watch) }
        if share == nil { slots.deallocate() }
        munmap(shares, Self.size)
        close(descriptor)
    }

    /// Locks a share for this mark. The lock goes with the process, however it ends.
    ///
    /// - Returns: Whether nobody else has it. Where the system has no such locks, nobody is known of.
    private static func lock(_ share: Int, of descriptor: Int32) -> Bool {
        // F_OFD_SETLK, which Glibc's module does not have: the lock belongs to the descriptor, not to the process.
        set(F_WRLCK, share, of: descriptor) || errno == EINVAL
    }

    private static func set(_ type: Int32, _ share: Int, of descriptor: Int32) -> Bool {
        var range = flock()
        range.l_type = Int16(type)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(share)
        range.l_len = 1
        return fcntl(descriptor, 37, &range) == 0
    }

    // MARK: What is under way

    /// Names the event that is posted from now on.
    func begin(_ id: IntegrationEventID) { write(id, to: slot(0)) }

    /// The event is posted.
    func clear() { slot(0)[0] = 0 }

    /// Decodes an event for posting, beside others, and names it meanwhile.
    ///
    /// - Throws: The decoder's errors.
    func decode<Event>(_ entry: LogEntry, with decoder: EventDecoder<Event>) throws -> (any DecodedEvent)? {
        let place = beginDecoding(entry.id)
        defer { endDecoding(place) }
        let note = entry.beginNote()
        defer { EndingSignals.end(note) }
        return try decoder.decode(entry)
    }

    /// Names an event from now on, until what is returned is given to ``endDecoding(_:)``.
    ///
    /// - Returns: `nil` when more events are being decoded than there are slots.
    func beginDecoding(_ id: IntegrationEventID) -> UnsafeMutablePointer<UInt64>? {
        guard let slot = takeSlot() else { return nil }
        write(id, to: slot)
        return slot
    }

    func endDecoding(_ slot: UnsafeMutablePointer<UInt64>?) {
        if let slot { Self.flag(of: slot).pointee.store(0, ordering: .releasing) }
    }

    /// Each thread begins to look at another slot, so that those who decode at once have nothing in common.
    ///
    /// - Returns: `nil` when more events are being decoded than there are slots.
    private func takeSlot() -> UnsafeMutablePointer<UInt64>? {
        let first = Int(truncatingIfNeeded: UInt(pthread_self()) >> 12 & 0xffff)
        for step in 0..<(Self.slotCount - 1) {
            let slot = slot(1 + (first + step) % (Self.slotCount - 1))
            let flag = Self.flag(of: slot)
            if flag.pointee.compareExchange(expected: 0, desired: Self.taken, ordering: .acquiring).exchanged {
                return slot
            }
        }
        return nil
    }

    private static func flag(of slot: UnsafeMutablePointer<UInt64>) -> UnsafeMutablePointer<Atomic<UInt64>> {
        UnsafeMutableRawPointer(slot).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    private func slot(_ number: Int) -> UnsafeMutablePointer<UInt64> { Self.slot(number, in: slots) }

    private static func slot(_ number: Int, in slots: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt64> {
        (slots + number * slotSize).assumingMemoryBound(to: UInt64.self)
    }

    private func write(_ id: IntegrationEventID, to slot: UnsafeMutablePointer<UInt64>) {
        slot[1] = id.event.high
        slot[2] = id.event.low
        slot[3] = UInt64(truncatingIfNeeded: id.ordinal)
        Self.flag(of: slot).pointee.store(EndingSignals.underWay, ordering: .releasing)
    }

    // MARK: What has ended

    /// The events at which processes ended, each once; they are not named again. To be asked before anything is posted.
    func takeEvents() -> Set<IntegrationEventID> {
        var events: Set<IntegrationEventID> = []
        for share in 0..<Self.shareCount where share == self.share || Self.lock(share, of: descriptor) {
            for number in 0..<Self.slotCount {
                let slot = Self.slot(number, in: shares + share * Self.shareSize)
                defer { slot[0] = 0 }
                let isUnderWay = slot[0] == EndingSignals.underWay
                guard slot[0] == EndingSignals.ended || (isUnderWay && (number > 0 || watch == nil)) else { continue }
                let event = UniqueID(high: slot[1], low: slot[2])
                events.insert(IntegrationEventID(event: event, ordinal: Int(truncatingIfNeeded: slot[3])))
            }
            if share != self.share { _ = Self.set(F_UNLCK, share, of: descriptor) }
        }
        return events
    }
}
