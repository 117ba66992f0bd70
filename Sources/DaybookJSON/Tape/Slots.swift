import Synchronization

/// Slots that are taken and given back without waiting for anybody: a lock would be held for less time than it takes to
/// wait for it.
package struct Slots: ~Copyable, @unchecked Sendable {
    // Unchecked: the flags stay where they are, and are atomic.
    private let taken: UnsafeMutablePointer<Atomic<Bool>>
    package let count: Int

    /// Slots that are free.
    package init(_ count: Int) {
        self.count = count
        taken = .allocate(capacity: count)
        for slot in 0..<count { (taken + slot).initialize(to: Atomic(false)) }
    }

    deinit {
        taken.deinitialize(count: count)
        taken.deallocate()
    }

    /// - Returns: A slot that is the caller's until it is given back; `nil` when none is free.
    package borrowing func take() -> Int? {
        for slot in 0..<count where !taken[slot].load(ordering: .relaxed) {
            let isFree = !taken[slot].exchange(true, ordering: .acquiring)
            if isFree { return slot }
        }
        return nil
    }

    /// Frees a slot. What its owner has written is seen by the next one.
    package borrowing func giveBack(_ slot: Int) { taken[slot].store(false, ordering: .releasing) }
}
