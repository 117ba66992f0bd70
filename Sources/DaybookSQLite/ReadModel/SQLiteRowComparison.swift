import Daybook

/// A comparison of two files, which does not hold up the threads on which everything else runs.
struct SQLiteRowComparison: RowComparison {
    let files: GenerationComparison

    /// - Throws: `DatabaseError`.
    init(_ first: String, _ second: String) async throws {
        files = try await elsewhere { try GenerationComparison(first, second) }
    }

    var checkpoints: [Lane: Checkpoint] { files.checkpoints }

    func differences() async throws -> [TableDifference] {
        try await withTaskCancellationHandler {
            try await elsewhere { [files] in try files.differences() }
        } onCancel: {
            files.interrupt()
        }
    }
}
