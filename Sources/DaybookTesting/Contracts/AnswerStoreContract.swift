import Daybook

/// The contract of a writer's store for the answers to idempotency keys.
struct AnswerStoreContract: PortContract {
    let store: any WriterStore

    static var rules: [Rule] {
        [
            ("an answer is kept for so many days on which it is looked for old ones", { try await $0.keepsAnswers() })
        ]
    }

    private func record(_ key: String) -> IdempotencyRecord {
        IdempotencyRecord(actor: "a", route: "r", key: key, requestHash: [1])
    }

    private func clean(_ day: Int64, _ start: Timestamp) async throws -> Int {
        let today = Timestamp(microseconds: start.microseconds + day * 86_400_000_000)
        return try await store.removeAnswers(olderThan: 1, today: today)
    }

    func keepsAnswers() async throws {
        let start = Timestamp.now()
        try await store.append(to: "thing-1", [event()], idempotency: record("first"))
        try expect(try await clean(0, start), 0)
        // The second one is recorded later, also in a store that is faster than its clock.
        try await Task.sleep(for: .milliseconds(1))
        try await store.append(to: "thing-1", [event()], idempotency: record("second"))
        // A clock that jumps ahead makes an answer older by one day.
        for _ in 0..<2 { try expect(try await clean(40, start), 0) }
        try expect(try await store.answer(to: record("first"))?.isRepeated, true)
        try expect(try await clean(1, start), 1)
        try expect(try await store.answer(to: record("first")), nil)
        try expect(try await store.answer(to: record("second"))?.isRepeated, true)
        // The key is as good as new.
        let again = try await store.append(to: "thing-1", [event()], idempotency: record("first"))
        try expect(again.isRepeated, false)
    }
}
