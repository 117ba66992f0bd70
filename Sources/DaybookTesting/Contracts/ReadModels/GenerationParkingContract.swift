import Daybook

/// The contract of a generation for events that cannot be posted.
struct GenerationParkingContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("an event that is parked holds the later ones of its stream", { try await $0.holdsStreams() }),
            ("what is parked is posted in order once it can be", { try await $0.retries() }),
            ("all that is parked is tried at once", { try await $0.retriesAll() }),
            ("an event that is given up is skipped from then on", { try await $0.skips() }),
            ("what was skipped elsewhere is given up here", { try await $0.takesOverSkipped() }),
            ("parked events are shown page by page, in order", { try await $0.pages() }),
            ("what says that somebody is forgotten is not given up", { try await $0.keepsForgetting() }),
        ]
    }

    /// The second note of the first stream cannot be posted, and one waits behind it.
    private func log() throws -> ContractLog {
        try .notes(("1", "a"), ("1", ContractEvent.poison), ("2", "b"), ("1", "c"))
    }

    func holdsStreams() async throws {
        let worker = try store.opened(isFaulty: true)
        let generation = try await store.build(try log(), in: worker)
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"a"}"#, #"{"id":"2","text":"b"}"#])
        try expect(try await generation.parkedCount(), 2)
        try expect(try worker.kept(in: 1).parked, 2)
        let first = try await generation.parked(ParkedSelection()).parked
        try expect(first.map(\.stream), ["note-1"])
        try expect(first.map(\.waiting), [1])
        try expect(first.map(\.type), ["contract.noted"])
        try expect(first.map(\.data), [#"{"text":"poison"}"#])
        try expect(first.first?.reason?.contains("faulty"), true)
        let all = try await generation.parked(ParkedSelection(includesWaiting: true)).parked
        try expect(all.map { $0.reason == nil }, [false, true])
        let failures = try await generation.failures()
        try expect(failures, ParkedFailures(streams: 1, reason: first.first?.reason ?? ""))
        try expect(try worker.failures(in: 1), failures)
        try expect(try await worker.rows(of: 1).events().parked, 2)
    }

    func retries() async throws {
        let generation = try await store.build(try log(), in: try store.opened(isFaulty: true))
        let still = try await generation.retryParked("note-1", of: "writer")
        try expect(still?.posted, 0)
        try expect(still?.reason?.contains("faulty"), true)
        // A worker whose code was mended.
        let worker = try store.opened()
        let mended = try worker.open(1)
        try expect(try await mended.retryParked("note-1", of: "writer"), ParkedOutcome(stream: "note-1", posted: 2))
        try expect(try await mended.retryParked("note-1", of: "writer"), nil)
        try expect(try await mended.failures(), nil)
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"c"}"#, #"{"id":"2","text":"b"}"#])
    }

    func retriesAll() async throws {
        var log = try log()
        for id in ["3", "4"] { try log.add(.noted(text: ContractEvent.poison), to: StreamName("note-\(id)")) }
        let generation = try await store.build(log, in: try store.opened(isFaulty: true))
        try expect(try await generation.parkedCount(), 4)
        try await generation.retryAllParked()
        try expect(try await generation.parkedCount(), 4)
        let mended = try store.opened().open(1)
        try await mended.retryAllParked()
        try expect(try await mended.parkedCount(), 0)
    }

    func skips() async throws {
        let worker = try store.opened(isFaulty: true)
        let log = try log()
        let generation = try await store.build(log, in: worker)
        let id = log.entries[1].id.description
        let (skipped, outcome) = try await generation.skipParked("note-1", of: "writer")
        try expect(skipped, id)
        try expect(outcome, ParkedOutcome(stream: "note-1", posted: 1))
        try expect(try await generation.skipParked("note-1", of: "writer").skipped, nil)
        try expect(try worker.skippedEvents(in: 1), [SkippedEvent(source: "writer", id: id)])
        let next = try await store.build(log, in: worker, skipping: try worker.skippedEvents(in: 1))
        try expect(try await next.parkedCount(), 0)
        try expect(try await worker.lines(of: 2), try await worker.lines(of: 1))
    }

    func takesOverSkipped() async throws {
        let worker = try store.opened(isFaulty: true)
        let log = try log()
        let generation = try await store.build(log, in: worker)
        try await generation.skip([SkippedEvent(source: "writer", id: log.entries[1].id.description)])
        try expect(try await generation.parkedCount(), 0)
        try expect(try await worker.lines(of: 1), [#"{"id":"1","text":"c"}"#, #"{"id":"2","text":"b"}"#])
        // One that is not here yet.
        var more = log
        try more.add(.noted(text: "d"), to: StreamName("note-2"))
        let last = try worker.open(1)
        try await last.skip([SkippedEvent(source: "writer", id: more.entries[4].id.description)])
        try await last.apply(more)
        try expect(try await worker.lines(of: 1).last, #"{"id":"2","text":"b"}"#)
    }

    func pages() async throws {
        let ids = ["1", "2", "3", "4", "5"]
        var log = ContractLog()
        for _ in 0..<2 {
            for id in ids { try log.add(.noted(text: ContractEvent.poison), to: StreamName("note-\(id)")) }
        }
        let generation = try await store.build(log, in: try store.opened(isFaulty: true))
        var selection = ParkedSelection(includesWaiting: true, limit: 3)
        var found: [LogPlace] = []
        repeat {
            let page = try await generation.parked(selection)
            try expect(page.parked.count <= 3, true)
            found += page.parked.map {
                LogPlace(partition: Partition($0.partition), offset: Offset(rawValue: $0.offset))
            }
            selection.after = page.next
        } while selection.after != nil
        try expect(found, log.ledger.log.flatMap { $0.map(\.place) })
        let one = ParkedSelection(source: "writer", stream: "note-3", includesWaiting: true)
        try expect(try await generation.parked(one).parked.map(\.stream), ["note-3", "note-3"])
        try expect(try await generation.parked(ParkedSelection(source: "nobody")).parked.count, 0)
    }

    func keepsForgetting() async throws {
        let worker = try store.opened()
        var log = try ContractLog.notes(("1", "a"))
        try log.add(.forgotten, to: StreamName("note-1"))
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let generation = try worker.open(1)
        try await generation.apply(log, parking: [log.entries[1].place: "it cannot be"])
        try expect(try worker.summary(of: 1)?.progress.hasPendingErasure, true)
        do {
            _ = try await generation.skipParked("note-1", of: "writer")
            throw Mismatch(expected: "a refusal", found: "success")
        } catch is ForgettingNotSkipped {}
        try await generation.skip([SkippedEvent(source: "writer", id: log.entries[1].id.description)])
        try expect(try await generation.parkedCount(), 1)
        try expect(try await generation.retryParked("note-1", of: "writer")?.posted, 1)
        try expect(try await generation.hasRows(), false)
        try expect(try await generation.erasePending(), true)
        try expect(try worker.summary(of: 1)?.progress.hasPendingErasure, false)
    }
}
