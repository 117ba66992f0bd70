import Daybook

/// The contract of every store of a read model for generations that are thrown away.
struct ScratchGenerationContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("a scratch generation is seen by nobody else, and is gone afterwards", { try await $0.isAlone() }),
            ("a scratch generation leaves out what another one does", { try await $0.leavesOut() }),
            ("what serves is compared with a scratch generation, as it was", { try await $0.compares() }),
        ]
    }

    func isAlone() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"))
        for purpose in ScratchPurpose.allCases {
            // Whatever was posted to one is not in the next one.
            for _ in 0..<2 {
                try await worker.withScratch(purpose) { scratch in
                    try expect(try await scratch.generation.hasRows(), false)
                    try await scratch.generation.apply(log)
                    try await scratch.generation.finish()
                    try expect(try await scratch.rows().lines(), [#"{"id":"1","text":"a"}"#])
                    try expect(try scratch.bytes() > 0, true)
                    try expect(worker.numbers, [])
                    try expect(worker.serving, nil)
                }
            }
        }
        worker.removeLeftScratch()
        try expect(worker.numbers, [])
    }

    func leavesOut() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"), ("1", "b"))
        let skipped = SkippedEvent(source: "writer", id: log.entries[1].id.description)
        _ = try await store.build(log, in: worker, skipping: [skipped])
        let lines = try await worker.withScratch(.past) { scratch in
            try await scratch.takeOverExcludedEvents(of: 1)
            try await scratch.generation.apply(log)
            return try await scratch.rows().lines()
        }
        try expect(lines, [#"{"id":"1","text":"a"}"#])
    }

    func compares() async throws {
        let worker = try store.opened()
        var log = try ContractLog.notes(("1", "a"), ("1", "b"))
        let skipped = SkippedEvent(source: "writer", id: log.entries[1].id.description)
        let generation = try await store.build(log, in: worker, skipping: [skipped])
        let before = log
        try log.add(.noted(text: "late"), to: StreamName("note-2"))
        let later = log
        try await worker.withScratch(.comparison) { scratch in
            let comparison = try await scratch.comparison(with: 1)
            try expect(comparison.checkpoints, try await generation.checkpoints())
            // What comes now is not compared.
            try await generation.apply(later)
            try await scratch.generation.apply(before)
            try expect(try await scratch.generation.checkpoints(), comparison.checkpoints)
            try expect(try await comparison.differences(), [])
        }
    }
}
