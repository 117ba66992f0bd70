import DaybookJSON
import Synchronization
import Testing

@Suite struct `The slots` {
    @Test func `are taken until none is free, and can be taken again`() {
        let slots = Slots(3)
        let taken = (0..<4).map { _ in slots.take() }
        #expect(taken == [0, 1, 2, nil])
        slots.giveBack(1)
        let again = [slots.take(), slots.take()]
        #expect(again == [1, nil])
    }

    @Test func `have one owner each, however many take them at once`() async {
        let desk = Desk()
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    for _ in 0..<20_000 where !(await desk.work()) { return false }
                    return true
                }
            }
            for await wasAlone in tasks { #expect(wasAlone) }
        }
        #expect(desk.done == 160_000)
    }
}

/// Slots, and what belongs to their owners.
private final class Desk: @unchecked Sendable {
    // Unchecked: one owner of a slot at a time is what the test is about.
    private let slots = Slots(3)
    private let owners = (0..<3).map { _ in Owner() }

    private final class Owner {
        var count = 0
        let isWorking = Atomic(false)
    }

    var done: Int { owners.reduce(0) { $0 + $1.count } }

    /// - Returns: Whether nobody else had the slot.
    func work() async -> Bool {
        while true {
            guard let slot = slots.take() else {
                await Task.yield()
                continue
            }
            defer { slots.giveBack(slot) }
            let owner = owners[slot]
            let wasAlone = !owner.isWorking.exchange(true, ordering: .relaxed)
            owner.count += 1
            owner.isWorking.store(false, ordering: .relaxed)
            return wasAlone
        }
    }
}
