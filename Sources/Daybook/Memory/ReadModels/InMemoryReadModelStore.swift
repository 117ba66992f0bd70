import Foundation

/// A read model without a file: the reference implementation, for tests and first steps. Workers of the same
/// ``InMemoryGenerations`` share them, whatever versions of the projection they have.
public struct InMemoryReadModelStore<Projection: InMemoryProjection>: ReadModelStore {
    let generations: InMemoryGenerations
    let code: InMemoryCode<Projection>
    public let projection: ProjectionDescription

    public init(of projection: Projection, in generations: InMemoryGenerations) {
        self.generations = generations
        self.projection = ProjectionDescription(projection)
        code = InMemoryCode(projection)
    }

    public var description: String { "\(Projection.name) in memory" }

    // MARK: Which ones there are

    public var serving: Int? { generations.serving }

    public var numbers: [Int] { generations.numbers }

    public func survey() throws -> (generations: [GenerationSummary], damaged: [DamagedGeneration]) {
        (try numbers.compactMap { try summary(of: $0) }, [])
    }

    public func summary(of number: Int) throws -> GenerationSummary? {
        generations.generation(number).map { state in
            GenerationSummary(
                number: number, version: state.version, record: state.record, progress: state.progress,
                bytes: state.tables.bytes)
        }
    }

    public func failures(in number: Int) throws -> ParkedFailures? { try generations.existing(number).parked.failures }

    public func kept(in number: Int) throws -> KeptCounts { try generations.existing(number).kept }

    public func skippedEvents(in number: Int) throws -> [SkippedEvent] {
        Array(try generations.existing(number).skipped)
    }

    public func unreadableMessages(in number: Int) -> any UnreadableMessageStore {
        InMemoryUnreadableMessages(generations: generations, number: number)
    }

    /// Bytes of the machine's memory.
    public var freeBytes: Int64 { Int64(clamping: ProcessInfo.processInfo.physicalMemory) }

    // MARK: Making and reading them

    public func create(_ record: GenerationRecord, skipping skipped: [SkippedEvent]) throws {
        generations.add(GenerationState(of: Projection.self, record, skipping: skipped))
    }

    public func open(_ number: Int) throws -> any Generation { try InMemoryGeneration(number, in: generations, code) }

    public func withScratch<Value>(
        _ purpose: ScratchPurpose, _ body: (any ScratchGeneration) async throws -> Value
    ) async throws -> Value {
        try await body(try InMemoryScratchGeneration(beside: generations, code))
    }

    /// Does nothing: what a process had in memory is gone with it.
    public func removeLeftScratch() {}

    public var servingRows: any ServingRows { InMemoryServingRows(generations: generations) }

    public func rows(of number: Int) throws -> any TableRows {
        InMemoryTableRows(state: try generations.existing(number))
    }

    public func comparison(of first: Int, with second: Int) async throws -> any RowComparison {
        InMemoryRowComparison(
            first: try generations.existing(first), second: try InMemoryGeneration(second, in: generations, code))
    }
}
