import Glibc
import Synchronization

/// The form of the line that a process leaves when a signal ends it.
package enum EndingStyle: UInt8, Sendable {
    /// `daybook: ended by signal 4 (SIGILL) stream=user-7 version=3`
    case plain
    /// As ``plain``, after the time and the level, like a line of the log.
    case text
    /// One JSON object, like a line of the log.
    case json
}

/// Tells why the process ends when a signal of its own ends it, such as a trap, an abort or a stack overflow.
///
/// The handler notes the end in crash marks, writes one line to standard error, and gives the signal back to whoever
/// handled it before: the exit status stays that of the signal. It only calls what a handler may call. On a thread that
/// was not prepared it cannot run when the thread's stack has overflowed.
package enum EndingSignals {
    /// What stands in a crash mark before an event that is under way, and before one at which the process has ended.
    package static let underWay: UInt64 = 1
    package static let ended: UInt64 = 2

    private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
    private static let capacity = 32
    private static let labelLimit = 200
    private static let taken = Mutex<Set<Int>>([])
    private static let isReporting = Atomic(false)
    /// The thread that writes the line.
    private static let writer = Atomic<UInt>(0)

    /// The memory that the handler uses. It stays where it is, as long as the process lives.
    private struct Memory {
        let slots: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?>
        let earlier: UnsafeMutablePointer<sigaction>
        let line: UnsafeMutablePointer<UInt8>
        let label: UnsafeMutablePointer<UInt8>
        var labelLength = 0
        var style = EndingStyle.plain

        init() {
            slots = .allocate(capacity: capacity)
            slots.initialize(repeating: nil, count: capacity)
            earlier = .allocate(capacity: 65)
            earlier.initialize(repeating: sigaction(), count: 65)
            line = .allocate(capacity: EndingLine.capacity)
            label = .allocate(capacity: labelLimit)
        }
    }

    nonisolated(unsafe) private static let memory: UnsafeMutablePointer<Memory> = {
        let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
        memory.initialize(to: Memory())
        return memory
    }()

    /// Handles the signals from its first use on.
    private static let isHandling: Bool = {
        // A handler may not make what is made at its first use: so everything that it uses is used once before.
        let note = EndingNote.allocate()
        let id = IntegrationEventID(event: UniqueID(high: 1, low: 1), ordinal: 1)
        note.set(stream: "-", version: 1, type: "-", id: id, command: "-")
        telling(note) { _ = line(of: SIGILL) }
        note.deallocate()
        noteEnd()
        _ = (writer.load(ordering: .relaxed), isReporting.load(ordering: .relaxed))
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { signal, info, _ in
            EndingSignals.handle(signal, isFault: (info?.pointee.si_code ?? 0) > 0)
        }
        action.sa_flags = SA_SIGINFO | SA_ONSTACK
        for signal in signals { sigaction(signal, &action, memory.pointee.earlier + Int(signal)) }
        return true
    }()

    // MARK: The line

    /// Lets the process write the line from now on, or write it otherwise. Prepares the thread that calls it.
    ///
    /// - Parameter label: The program's name.
    package static func report(as label: String, style: EndingStyle) {
        isReporting.store(false, ordering: .sequentiallyConsistent)
        var label = label
        label.withUTF8 { bytes in
            let count = min(bytes.count, labelLimit)
            if let first = bytes.baseAddress { memory.pointee.label.update(from: first, count: count) }
            memory.pointee.labelLength = count
        }
        memory.pointee.style = style
        isReporting.store(isHandling, ordering: .sequentiallyConsistent)
        prepareThread()
    }

    /// Lets the process end without the line: somebody else tells its end.
    package static func reportNothing() { isReporting.store(false, ordering: .sequentiallyConsistent) }

    /// `true` when the line is written, so that notes are of use.
    package static var isNoting: Bool { isReporting.load(ordering: .relaxed) }

    /// Lets the handler run when this thread's stack has overflowed.
    package static func prepareThread() { ThreadEnd.prepare() }

    /// Runs `body` with a note of the event or command that it is at, where the line is written at all.
    package static func noting<Value>(
        stream: String, version: Int64 = 0, type: String = "", id: IntegrationEventID? = nil, command: String = "",
        _ body: () throws -> Value
    ) rethrows -> Value {
        let earlier = begin(stream: stream, version: version, type: type, id: id, command: command)
        defer { end(earlier) }
        return try body()
    }

    /// Runs `body` on a thread that was prepared, and tells this note at its end.
    package static func telling<Value>(_ note: EndingNote, _ body: () throws -> Value) rethrows -> Value {
        let earlier = ThreadEnd.prepare().map { begin(note, on: $0) }
        defer { end(earlier) }
        return try body()
    }

    /// The note that a thread had before.
    package struct Earlier {
        fileprivate let thread: UnsafeMutablePointer<ThreadEnd>
        fileprivate let note: EndingNote?
    }

    /// Notes the event or command that this thread is at, where the line is written at all.
    ///
    /// - Returns: What the same thread gives to ``end(_:)``.
    package static func begin(
        stream: String, version: Int64 = 0, type: String = "", id: IntegrationEventID? = nil, command: String = ""
    ) -> Earlier? {
        guard isReporting.load(ordering: .relaxed), let thread = ThreadEnd.prepare() else { return nil }
        let note = thread.pointee.own
        note.set(stream: stream, version: version, type: type, id: id, command: command)
        return begin(note, on: thread)
    }

    private static func begin(_ note: EndingNote, on thread: UnsafeMutablePointer<ThreadEnd>) -> Earlier {
        let earlier = Earlier(thread: thread, note: thread.pointee.told)
        thread.pointee.told = note
        return earlier
    }

    /// The thread tells again what it has told before.
    package static func end(_ earlier: Earlier?) {
        if let earlier { earlier.thread.pointee.told = earlier.note }
    }

    // MARK: Crash marks

    /// Lets the flag at `slot`, when it is ``underWay`` then, become ``ended`` at the process's end.
    ///
    /// - Returns: What takes it away again; `nil` when there are too many.
    package static func watch(_ slot: UnsafeMutablePointer<UInt64>) -> Int? {
        guard isHandling else { return nil }
        return taken.withLock { taken in
            guard let number = (0..<capacity).first(where: { !taken.contains($0) }) else { return nil }
            taken.insert(number)
            memory.pointee.slots[number] = slot
            return number
        }
    }

    package static func unwatch(_ number: Int) {
        taken.withLock { taken in
            memory.pointee.slots[number] = nil
            taken.remove(number)
        }
    }

    // MARK: In the handler

    /// - Parameter isFault: Whether an instruction of this thread is the cause, and no call of `raise` or `kill`.
    private static func handle(_ signal: Int32, isFault: Bool) {
        noteEnd()
        if isReporting.load(ordering: .relaxed) { writeLine(of: signal) }
        sigaction(signal, memory.pointee.earlier + Int(signal), nil)
        // A fault happens again when the handler returns, and then an earlier handler sees the thread as it was. Only
        // after SIGTRAP the thread may go on behind the instruction.
        if !isFault || signal == SIGTRAP { raise(signal) }
    }

    /// What the handler does to the marks.
    package static func noteEnd() {
        var number = 0
        while number < capacity {
            if let slot = memory.pointee.slots[number], slot[0] == underWay { slot[0] = ended }
            number += 1
        }
    }

    /// Writes the line, unless it is being written.
    private static func writeLine(of signal: Int32) {
        let this = UInt(pthread_self())
        let found = writer.compareExchange(expected: 0, desired: this, ordering: .sequentiallyConsistent)
        guard found.exchanged else {
            // The other thread ends the process; this one would cut its line short.
            if found.original != this { sleepBriefly() }
            return
        }
        let line = line(of: signal)
        _ = write(STDERR_FILENO, line.baseAddress, line.count)
    }

    private static func sleepBriefly() {
        var duration = timespec(tv_sec: 1, tv_nsec: 0)
        nanosleep(&duration, nil)
    }

    private static func line(of signal: Int32) -> UnsafeRawBufferPointer {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var line = EndingLine(in: memory.pointee.line, style: memory.pointee.style)
        line.make(
            signal: signal, label: memory.pointee.label, memory.pointee.labelLength, at: now,
            note: ThreadEnd.current?.pointee.told)
        return line.text
    }
}
