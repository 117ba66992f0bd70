import Daybook

/// The contract of every store of a read model for when another generation is to serve.
struct GenerationSwitchingContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("a promotion leads every reader to another generation", { try await $0.promotes() }),
            ("who posts to what serves is fenced off before the switch", { try await $0.fences() }),
            ("a promotion that is refused changes nothing", { try await $0.refuses() }),
            ("what was asked of a build ends with its promotion", { try await $0.clearsRecords() }),
            ("nothing serves when it is said so", { try await $0.servesNothing() }),
            ("a pause is seen by every worker", { try await $0.pauses() }),
        ]
    }

    private func roles(_ worker: any ReadModelStore) throws -> [GenerationRole] {
        try worker.summaries().map(\.record.role)
    }

    func promotes() async throws {
        let (worker, other) = (try store.opened(), try store.opened(version: 2))
        for text in ["a", "b"] { _ = try await store.build(try .notes(("1", text)), in: worker) }
        try await worker.promote(1) { try expect($0, nil) }
        try expect(other.serving, 1)
        try expect(try roles(other), [.serving, .building])
        try await worker.promote(2) { present in
            try expect(present, 1)
            try expect(other.serving, 1)
            try expect(other.isBetweenTwo(try other.summaries()), true)
            // A worker that starts now leaves that as it is.
            try other.recover()
            try expect(try roles(other), [.previous, .building])
        }
        try expect(other.serving, 2)
        try expect(try roles(other), [.previous, .serving])
        try expect(other.isBetweenTwo(try other.summaries()), false)
        try await other.serve(1)
        try expect(worker.serving, 1)
        try expect(try roles(worker), [.serving, .previous])
    }

    func fences() async throws {
        let worker = try store.opened()
        var log = try ContractLog.notes(("1", "a"))
        for _ in 0..<2 { _ = try await store.build(log, in: worker) }
        try await worker.serve(1)
        let serving = try worker.open(1)
        try log.add(.noted(text: "late"), to: StreamName("note-1"))
        try await worker.promote(2) { [log] _ in
            do {
                try await serving.apply(log)
                throw Mismatch(expected: "a posting that is fenced off", found: "success")
            } catch is Fenced {}
        }
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"a"}"#])
    }

    func refuses() async throws {
        struct Refused: Error {}
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"))
        for _ in 0..<2 { _ = try await store.build(log, in: worker) }
        try await worker.serve(1)
        do {
            try await worker.promote(2) { _ in throw Refused() }
            throw Mismatch(expected: "a refusal", found: "success")
        } catch is Refused {}
        try expect(worker.serving, 1)
        try expect(try roles(worker), [.serving, .building])
        // The next one is not kept away.
        try await worker.serve(2)
        try expect(worker.serving, 2)
    }

    func clearsRecords() async throws {
        let worker = try store.opened()
        try worker.create(GenerationRecord(role: .building, isHeld: true, requiresEqual: true), skipping: [])
        try await worker.open(1).update { $0.refusal = "it differs" }
        try await worker.serve(1)
        try expect(try worker.summary(of: 1)?.record, GenerationRecord(role: .serving))
    }

    func servesNothing() async throws {
        let (worker, other) = (try store.opened(), try store.opened())
        _ = try await store.build(try .notes(("1", "a")), in: worker)
        try await worker.serve(1)
        let lock = try worker.lockPromotion(as: "a worker")
        try worker.serveNothing()
        withExtendedLifetime(lock) {}
        try expect(other.serving, nil)
        try expect(try roles(other), [.previous])
        do {
            _ = try other.servingRows.generation()
            throw Mismatch(expected: "nothing that serves", found: "a generation")
        } catch is NothingServes {}
    }

    func pauses() async throws {
        let (worker, other) = (try store.opened(), try store.opened(version: 2))
        try expect(other.isPaused, false)
        for isPaused in [true, true, false, false] {
            try worker.setPaused(isPaused)
            try expect(other.isPaused, isPaused)
        }
    }
}
