import Daybook
import Foundation

extension SQLiteReadModel {
    /// Runs `body` with an empty generation that is thrown away.
    ///
    /// - Parameter path: A folder for it, which is removed before and afterwards.
    public static func withScratch<Value>(
        in path: String, _ projection: Projection, _ body: (SQLiteReadModel) async throws -> Value
    ) async throws -> Value {
        try? FileManager.default.removeItem(atPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let scratch = try SQLiteReadModel(
            next: GenerationRecord(role: .building), in: ReadModelFolder(path), projection: projection)
        return try await body(scratch)
    }
}
