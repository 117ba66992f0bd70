public import Daybook
import Foundation

extension SQLiteReadModelStore {
    public var projection: ProjectionDescription { ProjectionDescription(code) }

    public func create(_ record: GenerationRecord, skipping skipped: [SkippedEvent]) throws {
        _ = try SQLiteReadModel(next: record, in: folder, projection: code, skipping: skipped)
    }

    public func open(_ number: Int) throws -> any Generation {
        try SQLiteReadModel(in: folder, number: number, projection: code)
    }

    // MARK: Scratch

    public func withScratch<Value>(
        _ purpose: ScratchPurpose, _ body: (any ScratchGeneration) async throws -> Value
    ) async throws -> Value {
        let path = path(of: purpose)
        return try await SQLiteReadModel.withScratch(in: path, code) { model in
            try await body(SQLiteScratchGeneration(model: model, main: folder, own: ReadModelFolder(path)))
        }
    }

    public func removeLeftScratch() {
        for purpose in ScratchPurpose.allCases where FileManager.default.fileExists(atPath: path(of: purpose)) {
            guard let lock = try? lockScratch(purpose) else { continue }
            withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path(of: purpose)) }
        }
    }

    private func path(of purpose: ScratchPurpose) -> String { "\(folder.path)/\(purpose.rawValue)" }
}

extension ProjectionDescription {
    /// Describes a projection that is kept in SQLite.
    public init<Projection: SQLiteProjection>(_ projection: Projection) {
        self.init(name: Projection.name, version: Projection.version, queries: Projection.queries)
    }
}
