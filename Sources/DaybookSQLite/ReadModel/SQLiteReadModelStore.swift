public import Daybook
import Foundation

/// The generations of a read model in a folder, as the code of one version of its projection sees them.
public struct SQLiteReadModelStore<Projection: SQLiteProjection>: ReadModelStore {
    let folder: ReadModelFolder
    let code: Projection
    private let reader: ServingReader

    /// Uses the folder, or makes it.
    ///
    /// - Throws: ``StoreError`` when it cannot be made.
    public init(of projection: Projection, in folder: String) throws {
        self.folder = try ReadModelFolder(folder)
        code = projection
        reader = ServingReader(self.folder)
    }

    public var description: String { folder.path }

    // MARK: Which ones there are

    public var serving: Int? { folder.serving }

    public var numbers: [Int] { folder.numbers }

    public func survey() throws -> (generations: [GenerationSummary], damaged: [DamagedGeneration]) {
        try folder.survey()
    }

    public func summary(of number: Int) throws -> GenerationSummary? { try GenerationSummary(number, in: folder) }

    public func failures(in number: Int) throws -> ParkedFailures? {
        try GenerationFile.failures(in: number, of: folder)
    }

    public func kept(in number: Int) throws -> KeptCounts { try GenerationFile.kept(in: number, of: folder) }

    public func skippedEvents(in number: Int) throws -> [SkippedEvent] {
        try GenerationFile.skippedEvents(of: number, in: folder)
    }

    public func unreadableMessages(in number: Int) -> any UnreadableMessageStore {
        SQLiteUnreadableMessages(KeptMessages(in: folder.file(number)))
    }

    public var freeBytes: Int64 {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return attributes?[.systemFreeSize] as? Int64 ?? 0
    }

    // MARK: Reading

    public var servingRows: any ServingRows { reader }

    public func rows(of number: Int) throws -> any TableRows {
        SQLiteTableRows(try GenerationRows(folder.file(number)))
    }

    public func comparison(of first: Int, with second: Int) async throws -> any RowComparison {
        try await SQLiteRowComparison(folder.file(first), folder.file(second))
    }
}
