/// A generation beside those of a read model, which nobody else sees.
struct InMemoryScratchGeneration<Projection: InMemoryProjection>: ScratchGeneration {
    private let main: InMemoryGenerations
    private let own: InMemoryGeneration<Projection>

    init(beside main: InMemoryGenerations, _ code: InMemoryCode<Projection>) throws {
        let alone = InMemoryGenerations()
        let number = alone.add(GenerationState(of: Projection.self, GenerationRecord(role: .building)))
        self.main = main
        own = try InMemoryGeneration(number, in: alone, code)
    }

    var generation: any Generation { own }

    func takeOverExcludedEvents(of number: Int) async throws {
        try await own.skip(Array(main.existing(number).skipped))
    }

    func comparison(with number: Int) async throws -> any RowComparison {
        let first = try main.existing(number)
        try await own.skip(Array(first.skipped))
        return InMemoryRowComparison(first: first, second: own)
    }

    func rows() throws -> any TableRows { InMemoryTableRows(state: try own.state()) }

    func bytes() throws -> Int64 { try own.state().tables.bytes }
}

/// A comparison of a generation, as it was, with another one.
struct InMemoryRowComparison<Projection: InMemoryProjection>: RowComparison {
    let first: GenerationState
    let second: InMemoryGeneration<Projection>

    var checkpoints: [Lane: Checkpoint] { first.checkpoints }

    func differences() async throws -> [TableDifference] {
        try Task.checkCancellation()
        return first.tables.differences(to: try second.state().tables)
    }
}
