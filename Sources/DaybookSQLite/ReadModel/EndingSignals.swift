import Foundation
import Synchronization

/// Notes in crash marks that the process ended itself, by a trap or an abort, and was not killed from outside.
///
/// Its handler only writes to memory, gives the signal back to whoever handled it before, and raises it again.
enum EndingSignals {
    private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
    private static let capacity = 32
    private static let taken = Mutex<Set<Int>>([])
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?> = {
        let slots = UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?>.allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
        return slots
    }()
    nonisolated(unsafe) private static let earlier: UnsafeMutablePointer<sigaction> = {
        let earlier = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        earlier.initialize(repeating: sigaction(), count: 65)
        return earlier
    }()
    /// Handles the signals from its first use on.
    private static let isHandling: Bool = {
        // A handler may not make them.
        _ = (slots, earlier)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { EndingSignals.handle($0) }
        for signal in signals { sigaction(signal, &action, earlier + Int(signal)) }
        return true
    }()

    /// Lets the flag at `slot`, when it is ``CrashMark/underWay`` then, become ``CrashMark/ended`` at the process's end.
    ///
    /// - Returns: What takes it away again; `nil` when there are too many.
    static func watch(_ slot: UnsafeMutablePointer<UInt64>) -> Int? {
        guard isHandling else { return nil }
        return taken.withLock { taken in
            guard let number = (0..<capacity).first(where: { !taken.contains($0) }) else { return nil }
            taken.insert(number)
            slots[number] = slot
            return number
        }
    }

    static func unwatch(_ number: Int) {
        taken.withLock { taken in
            slots[number] = nil
            taken.remove(number)
        }
    }

    private static func handle(_ signal: Int32) {
        note()
        sigaction(signal, earlier + Int(signal), nil)
        raise(signal)
    }

    /// What the handler does to the marks.
    static func note() {
        for number in 0..<capacity {
            guard let slot = slots[number], slot[0] == CrashMark.underWay else { continue }
            slot[0] = CrashMark.ended
        }
    }
}
