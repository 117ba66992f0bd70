import Daybook

/// The contract of every store of a read model for what it shows.
struct ServingRowsContract: PortContract {
    let store: ContractReadModel

    static var rules: [Rule] {
        [
            ("queries are answered by what serves, whichever that is", { try await $0.answers() }),
            ("who has a token is shown what it stands for, or told why not", { try await $0.showsTokens() }),
            ("rows are shown as JSON, table by table", { try await $0.showsRows() }),
            ("rows of two generations are compared", { try await $0.compares() }),
        ]
    }

    private func query(_ worker: any ReadModelStore) throws -> any QueryDescription {
        guard let query = worker.projection.queries.first(where: { $0.path == "notes/{id}" }) else {
            throw Mismatch(expected: "notes/{id}", found: "\(worker.projection.queries.map { $0.path })")
        }
        return query
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    func answers() async throws {
        let (worker, next) = (try store.opened(), try store.opened(version: 2))
        let rows = worker.servingRows
        let parameters = try QueryParameters(path: ["id": "1"])
        for (worker, text) in [(worker, "a"), (worker, "b"), (next, "c")] {
            _ = try await store.build(try .notes(("1", text)), in: worker)
        }
        for (number, text) in [(1, "a"), (2, "b")] {
            try await worker.serve(number)
            try expect(try rows.generation(), number)
            try expect(try rows.version(), 1)
            let found = try await rows.answer(query(worker), parameters, of: 1)
            try expect(self.text(found), #"{"text":"\#(text)"}"#)
        }
        let nothing = try await rows.answer(query(worker), QueryParameters(path: ["id": "9"]), of: 1)
        try expect(nothing, nil)
        try await next.serve(3)
        try expect(try rows.version(), 2)
        do {
            _ = try await rows.answer(query(worker), parameters, of: 1)
            throw Mismatch(expected: "a refusal", found: "success")
        } catch let error as OtherVersionServes {
            try expect(error, OtherVersionServes(serving: 2, wanted: 1))
        }
        let found = try await rows.answer(query(next), parameters, of: 2)
        try expect(text(found), #"{"text":"c"}"#)
    }

    func showsTokens() async throws {
        let worker = try store.opened(isFaulty: true)
        let log = try ContractLog.notes(("1", "a"), ("1", ContractEvent.poison))
        _ = try await store.build(log, in: worker)
        try await worker.serve(1)
        let (place, epoch) = (log.entries[0].place, log.ledger.epoch)
        func answer(_ offset: Int64, _ epoch: Epoch) async throws -> String? {
            let token = WriteToken(
                source: "writer", epoch: epoch,
                place: LogPlace(partition: place.partition, offset: Offset(rawValue: offset)))
            let parameters = try QueryParameters(path: ["id": "1"])
            return text(
                try await worker.servingRows.answer(query(worker), parameters, of: 1, after: token))
        }
        try expect(try await answer(1, epoch), #"{"text":"a"}"#)
        let refusals: [(Int64, Epoch, NotShown)] = [
            (2, epoch, .parked(stream: "note-1")), (5, epoch, .behind(lag: 3)), (1, .new(), .otherLog),
        ]
        for (offset, epoch, expected) in refusals {
            do {
                _ = try await answer(offset, epoch)
                throw Mismatch(expected: "\(expected)", found: "success")
            } catch let error as NotShown { try expect(error, expected) }
        }
    }

    func showsRows() async throws {
        let worker = try store.opened()
        try worker.create(GenerationRecord(role: .building), skipping: [])
        let rows = try worker.rows(of: 1)
        try expect(try await rows.tables(), [TableDescription(name: "notes", columns: ["id", "text"])])
        try expect(try await rows.lines(), [])
        var log = ContractLog()
        // More than come in one page.
        for number in 1000..<2500 { try log.add(.noted(text: "t"), to: StreamName("note-\(number)")) }
        try await worker.open(1).apply(log)
        let lines = try await worker.lines(of: 1)
        try expect(lines.count, 1500)
        try expect(lines.first, #"{"id":"1000","text":"t"}"#)
        try expect(lines.last, #"{"id":"2499","text":"t"}"#)
        try expect(try await worker.rows(of: 1).events().posted, 1500)
    }

    func compares() async throws {
        let worker = try store.opened()
        let log = try ContractLog.notes(("1", "a"), ("2", "b"), ("3", "c"))
        let skipped = SkippedEvent(source: "writer", id: log.entries[2].id.description)
        for skipped in [[], [], [skipped]] { _ = try await store.build(log, in: worker, skipping: skipped) }
        let equal = try await worker.comparison(of: 1, with: 2)
        try expect(equal.checkpoints, try await worker.open(1).checkpoints())
        try expect(try await equal.differences(), [])
        let difference = try await worker.comparison(of: 1, with: 3).differences()
        try expect(difference.map(\.table), ["notes"])
        try expect(difference.map(\.onlyInFirst), [1])
        try expect(difference.map(\.onlyInSecond), [0])
        try expect(difference.first?.first.count, 1)
        try expect(difference.first?.first.first?.contains("c"), true)
        try expect(difference.first?.second, [])
    }
}
