import Synchronization

/// Rights that one has at a time, by their names. Each ends with its object.
final class InMemoryLocks<Name: Hashable & Sendable>: Sendable {
    /// Gives a right back when it goes.
    private final class Held: Sendable {
        private let locks: InMemoryLocks
        private let name: Name

        init(_ locks: InMemoryLocks, _ name: Name) {
            self.locks = locks
            self.name = name
        }

        deinit { locks.taken.withLock { _ = $0.remove(name) } }
    }

    private let taken = Mutex<Set<Name>>([])

    /// A right; `nil` while somebody else has it.
    func take(_ name: Name) -> GenerationLock? {
        guard taken.withLock({ $0.insert(name).inserted }) else { return nil }
        return GenerationLock(Held(self, name))
    }
}
