import Daybook

/// A generation in a folder of its own inside that of the read model.
struct SQLiteScratchGeneration<Projection: SQLiteProjection>: ScratchGeneration {
    let model: SQLiteReadModel<Projection>
    /// The read model's folder.
    let main: ReadModelFolder
    /// The folder in which this one is alone.
    let own: ReadModelFolder

    var generation: any Generation { model }

    func takeOverExcludedEvents(of number: Int) async throws {
        try await model.takeOverExcludedEvents(of: number, in: main)
    }

    func comparison(with number: Int) async throws -> any RowComparison {
        let comparison = try await SQLiteRowComparison(main.file(number), model.path)
        // Of the same moment as the rows: an operator may skip an event meanwhile.
        try await model.takeOverExcludedEvents(from: comparison.files)
        return comparison
    }

    func rows() throws -> any TableRows { SQLiteTableRows(try GenerationRows(model.path)) }

    func bytes() throws -> Int64 { try GenerationSummary(model.number, in: own)?.bytes ?? 0 }
}
