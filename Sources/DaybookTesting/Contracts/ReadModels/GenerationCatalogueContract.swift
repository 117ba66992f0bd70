import Daybook

/// The contract of every store of a read model for what it says of its generations.
struct GenerationCatalogueContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("a read model has no generation before one is made", { try await $0.isEmptyAtFirst() }),
            ("a generation is what it was made as, for every worker", { try await $0.keepsRecords() }),
            ("a number is given once", { try await $0.countsNumbers() }),
            ("a generation is opened by the code of its version only", { try await $0.checksVersions() }),
            ("messages that could not be read are kept until they are dropped", { try await $0.keepsMessages() }),
        ]
    }

    func isEmptyAtFirst() async throws {
        let worker = try store.opened()
        try expect(worker.numbers, [])
        try expect(worker.serving, nil)
        try expect(try worker.summaries().count, 0)
        try expect(try worker.summary(of: 1) == nil, true)
        try expect(worker.projection.name, "contract")
        try expect(worker.projection.version, 1)
        try expect(worker.freeBytes > 0, true)
    }

    func keepsRecords() async throws {
        let (worker, other) = (try store.opened(), try store.opened(version: 2))
        let record = GenerationRecord(role: .building, isHeld: true, requiresEqual: true)
        let skipped = SkippedEvent(source: "writer", id: "an event")
        try worker.create(record, skipping: [skipped])
        try expect(other.numbers, [1])
        try expect(try other.summary(of: 1)?.record, record)
        try expect(try other.summary(of: 1)?.version, 1)
        try expect(try other.skippedEvents(in: 1), [skipped])
        let generation = try worker.open(1)
        try expect(generation.number, 1)
        try await generation.update { record in
            record.refusal = "it differs"
            record.toleratesFailures = true
        }
        let changed = try await generation.record()
        try expect(changed.refusal, "it differs")
        try expect(changed.toleratesFailures, true)
        try expect(try other.summary(of: 1)?.record, changed)
        let log = try ContractLog.notes(("1", "a"), ("2", "b"))
        try await generation.apply(log)
        try expect(try other.summary(of: 1)?.progress.posted(of: ["writer"]), 2)
        try expect((try other.summary(of: 1)?.bytes ?? 0) > 0, true)
        try expect(try await generation.hasRows(), true)
    }

    func countsNumbers() async throws {
        let worker = try store.opened()
        for _ in 0..<3 { try worker.create(GenerationRecord(role: .building), skipping: []) }
        try expect(worker.numbers, [1, 2, 3])
        try worker.remove(3)
        try worker.remove(1)
        try expect(worker.numbers, [2])
        try expect(try worker.summary(of: 3) == nil, true)
        try worker.create(GenerationRecord(role: .building), skipping: [])
        try expect(worker.numbers, [2, 4])
    }

    func checksVersions() async throws {
        let (worker, next) = (try store.opened(), try store.opened(version: 2))
        try worker.create(GenerationRecord(role: .building), skipping: [])
        for (store, number) in [(next, 1), (worker, 2)] {
            do {
                _ = try store.open(number)
                throw Mismatch(expected: "a refusal", found: "success")
            } catch is StoreError {}
        }
        try next.create(GenerationRecord(role: .building), skipping: [])
        try expect(try worker.summaries().map(\.version), [1, 2])
    }

    func keepsMessages() async throws {
        let worker = try store.opened()
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let generation = try worker.open(1)
        let messages = [Array("text".utf8), [0xFF, 0x00]].map { body in
            UnreadableMessage(
                partition: Partition(3), reason: "it cannot be",
                raw: RawMessage(body: body, bodySize: 9) { #"{"subject":"note-1"}"# })
        }
        try await generation.apply([], keeping: messages)
        let kept = worker.unreadableMessages(in: 1)
        let listed = try await kept.list()
        try expect(listed.messages.map(\.partition), [3, 3])
        try expect(listed.messages.map(\.body), [nil, nil])
        try expect(listed.dropped, 0)
        let whole = try await kept.message(listed.messages[0].id)
        try expect(whole?.body, "text")
        try expect(whole?.attributes, #"{"subject":"note-1"}"#)
        try expect(whole?.bodySize, 9)
        try expect(try await kept.message(listed.messages[1].id)?.bodyBase64, "/wA=")
        try expect(try worker.kept(in: 1), KeptCounts(unreadable: 2))
        try expect(try await kept.drop(listed.messages[0].id), 1)
        try expect(try await kept.message(listed.messages[0].id) == nil, true)
        try expect(try await kept.drop(nil), 1)
        try expect(try worker.kept(in: 1), KeptCounts())
    }
}
