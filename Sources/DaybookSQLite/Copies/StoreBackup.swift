public import Daybook

/// Copies a store to another file, also while a writer has it: everything that was answered before the copy begins is in
/// it, and every append is in it whole or not at all.
///
/// Readers and the writer go on meanwhile. The copy is one file, which needs nothing beside it.
public struct StoreBackup: Sendable {
    private let path: String

    /// - Parameter path: The store's file.
    public init(of path: String) { self.path = path }

    /// Writes the copy, flushed to the disk. What fails leaves nothing behind.
    ///
    /// - Parameters:
    ///   - copy: A file that is not there.
    ///   - verifies: Whether the copy is proven to be as it was written, see ``StoreVerification``. Otherwise only its
    ///     pages are looked at.
    ///   - progress: Called now and then with how far the verification is, and how far it goes.
    /// - Returns: The head of the copy.
    /// - Throws: ``StoreDamage`` when the verification finds something; `StoreError` when the file is no store, pages of
    ///   it are damaged, or there is a file already; `DatabaseError`.
    public func write(
        to copy: String, verifies: Bool = false, progress: (Position, Position) throws -> Void = { _, _ in }
    ) throws -> NotedHead {
        try UnfinishedFile.refuseExisting(copy)
        return try UnfinishedFile.make(copy) { unfinished in
            try StoreFile(path).copy(to: unfinished)
            let written = StoreFile(unfinished)
            try written.checkPages()
            if verifies { return try StoreVerification(path: unfinished).run(progress: progress) }
            return try written.read { try StoreFile.head(in: $0) }
        }
    }
}
