/// The generations of a read model, as the code of one version of its projection makes and opens them.
public protocol GenerationBuilding: Sendable {
    /// The projection that makes their rows.
    var projection: ProjectionDescription { get }

    /// Makes the next generation. Nothing is left of it when that fails.
    ///
    /// - Parameter skipped: What is never posted to it. No process sees the generation without it.
    func create(_ record: GenerationRecord, skipping skipped: [SkippedEvent]) throws

    /// Opens a generation.
    ///
    /// - Throws: ``StoreError`` when there is none of that number, or it is of another projection or version.
    func open(_ number: Int) throws -> any Generation

    /// Makes a scratch generation, and removes it after `body`. For who has locked it.
    ///
    /// - Throws: What `body` throws, and what making it throws.
    func withScratch<Value>(
        _ purpose: ScratchPurpose, _ body: (any ScratchGeneration) async throws -> Value
    ) async throws -> Value

    /// Removes the scratch generations that a process has left which ended in the midst of one.
    func removeLeftScratch()

    /// The rows of the generation that serves, of whatever version it is.
    var servingRows: any ServingRows { get }

    /// The rows of a generation.
    func rows(of number: Int) throws -> any TableRows

    /// Begins to compare two generations of this version, the first as it is now.
    func comparison(of first: Int, with second: Int) async throws -> any RowComparison
}
