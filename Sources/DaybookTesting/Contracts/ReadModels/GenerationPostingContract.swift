import Daybook

/// The contract of a generation for what is posted to it.
struct GenerationPostingContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("events are posted once, with their checkpoints", { try await $0.postsOnce() }),
            ("all postings of a transaction are made or none", { try await $0.postsWhole() }),
            ("what is skipped is never posted", { try await $0.leavesOut() }),
            ("whoever is forgotten has no row, and nothing is left of it", { try await $0.forgets() }),
            ("who takes a generation for something else posts nothing", { try await $0.fences() }),
        ]
    }

    func postsOnce() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"), ("2", "b"), ("1", "c"))
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let (generation, other) = (try worker.open(1), try worker.open(1))
        for posting in log.postings(decodedBy: generation) { try await generation.apply([posting], keeping: []) }
        let checkpoints = try await generation.checkpoints()
        try expect(checkpoints.values.map(\.offset.rawValue).cappedSum, 3)
        try expect(checkpoints.values.map(\.epoch).allSatisfy { $0 == log.ledger.epoch }, true)
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"c"}"#, #"{"id":"2","text":"b"}"#])
        do {
            try await other.apply([log.postings(decodedBy: other)[0]], keeping: [])
            throw Mismatch(expected: "a posting that is fenced off", found: "success")
        } catch is Fenced {}
        try expect(try await other.checkpoints(), checkpoints)
        try expect(try await worker.rows(of: 1).events().posted, 3)
    }

    func postsWhole() async throws {
        let worker = try store.opened(isFaulty: true)
        let log = try ContractLog.notes(("1", "a"), ("2", ContractEvent.poison))
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let generation = try worker.open(1)
        do {
            try await generation.apply(log.postings(decodedBy: generation), keeping: [])
            throw Mismatch(expected: "a failure", found: "success")
        } catch let failure as EventFailure {
            try expect(failure.entry.stream.description, "note-2")
            try expect(failure.isFinal, false)
        }
        try expect(try await generation.checkpoints(), [:])
        try expect(try await generation.hasRows(), false)
    }

    func leavesOut() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"), ("1", "b"), ("2", "c"))
        let skipped = SkippedEvent(source: "writer", id: log.entries[1].id.description)
        _ = try await store.build(log, in: worker, skipping: [skipped])
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"a"}"#, #"{"id":"2","text":"c"}"#])
        try expect(try worker.summary(of: 1)?.progress.posted(of: ["writer"]), 3)
    }

    func forgets() async throws {
        let worker = try store.opened()
        var log = try ContractLog.notes(("1", "a"), ("2", "b"))
        try log.add(.forgotten, to: StreamName("note-1"))
        let generation = try await store.build(log, in: worker)
        try await generation.finish()
        try expect(try await worker.lines(of: 1), [#"{"id":"2","text":"b"}"#])
        try expect(try await generation.erasePending(), true)
        try expect(try worker.summary(of: 1)?.progress.hasPendingErasure, false)
    }

    func fences() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"))
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let (before, after) = (try worker.open(1), try worker.open(1))
        try await after.update { $0.role = .previous }
        do {
            try await before.apply(log)
            throw Mismatch(expected: "a posting that is fenced off", found: "success")
        } catch is Fenced {}
        try await after.apply(log)
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"a"}"#])
    }
}
