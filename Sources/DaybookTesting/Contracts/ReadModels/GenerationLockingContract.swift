import Daybook

/// The contract of every store of a read model for the rights that one worker has at a time.
struct GenerationLockingContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("each right is had by one worker at a time", { try await $0.excludes() }),
            ("one right does not stand in the way of another one", { try await $0.tellsApart() }),
            ("a promotion that is under way is said to be that", { try await $0.refusesPromotions() }),
        ]
    }

    private func exclude(_ lock: (any ReadModelStore) throws -> GenerationLock?) throws {
        let (first, second) = (try store.opened(), try store.opened(version: 2))
        var held = try lock(first)
        try expect(held != nil, true)
        try expect(try lock(second) == nil, true)
        withExtendedLifetime(held) {}
        held = nil
        try expect(try lock(second) != nil, true)
    }

    func excludes() async throws {
        try store.opened().create(GenerationRecord(role: .building), skipping: [])
        try exclude { try $0.lockNext() }
        try exclude { try $0.lock(1) }
        for purpose in ScratchPurpose.allCases { try exclude { try $0.lockScratch(purpose) } }
    }

    func tellsApart() async throws {
        let worker = try store.opened()
        for _ in 0..<2 { try worker.create(GenerationRecord(role: .building), skipping: []) }
        let locks: [GenerationLock?] = [
            try worker.lockNext(), try worker.lock(1), try worker.lock(2), try worker.lockScratch(.past),
            try worker.lockScratch(.comparison), try worker.lockPromotion(as: "a worker"),
        ]
        try expect(locks.map { $0 != nil }, Array(repeating: true, count: 6))
        withExtendedLifetime(locks) {}
    }

    func refusesPromotions() async throws {
        let (first, second) = (try store.opened(), try store.opened())
        let lock = try first.lockPromotion(as: "a worker")
        do {
            _ = try second.lockPromotion(as: "another worker")
            throw Mismatch(expected: "a refusal", found: "success")
        } catch is PromotionUnderWay {}
        withExtendedLifetime(lock) {}
    }
}
