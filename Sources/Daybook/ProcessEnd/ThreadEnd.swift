import Glibc

/// What a thread needs to tell its end: a stack for the handler of signals, for when its own has overflowed, and a note.
///
/// It goes with the thread.
struct ThreadEnd {
    private static let stackSize = 64 << 10
    private static let size = stackSize + 4096

    /// The thread's own note.
    let own: EndingNote
    /// The note to be told, which may be that of a task.
    var told: EndingNote?

    /// The first words above the stack, which grows away from them.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { record in
            guard let record else { return }
            var none = stack_t()
            none.ss_flags = Int32(SS_DISABLE)
            sigaltstack(&none, nil)
            munmap(record - ThreadEnd.stackSize, ThreadEnd.size)
        }
        return key
    }()

    /// What this thread has; `nil` before ``prepare()``.
    ///
    /// A handler may ask: a thread's own value is read without a lock.
    static var current: UnsafeMutablePointer<ThreadEnd>? {
        pthread_getspecific(key)?.assumingMemoryBound(to: ThreadEnd.self)
    }

    /// Gives this thread what it needs, once.
    ///
    /// - Returns: `nil` when there is no memory for it.
    @discardableResult
    static func prepare() -> UnsafeMutablePointer<ThreadEnd>? {
        if let current { return current }
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED else { return nil }
        let record = (base + stackSize).bindMemory(to: ThreadEnd.self, capacity: 1)
        record.initialize(
            to: ThreadEnd(own: EndingNote(at: base + stackSize + MemoryLayout<ThreadEnd>.stride), told: nil))
        var stack = stack_t()
        stack.ss_sp = base
        stack.ss_size = stackSize
        sigaltstack(&stack, nil)
        pthread_setspecific(key, record)
        return record
    }
}
