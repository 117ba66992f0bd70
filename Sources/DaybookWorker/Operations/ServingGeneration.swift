import Daybook
import DaybookAPI

/// The generation that serves, with what it has set aside.
struct ServingGeneration: Sendable {
    let context: ProjectionContext
    let running: RunningGenerations

    /// The generation that serves.
    ///
    /// - Throws: `NothingServes`; ``OperationRefused`` when what serves is of another version.
    func model() throws -> any Generation {
        let number = try context.reader.generation()
        if let model = running.model(of: number) { return model }
        guard try context.store.summary(of: number)?.version == context.projection.version else {
            throw OperationRefused(code: .otherVersion, detail: "what serves is of another version of the projection")
        }
        return try context.store.open(number)
    }

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { try await model().parked(selection) }

    /// - Returns: `nil` when nothing of the stream is parked.
    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await model().retryParked(stream, of: source)
    }

    /// Skips the first parked event of a stream, in every generation of this version.
    ///
    /// - Returns: `nil` when nothing of the stream is parked.
    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let model = try model()
        let (skipped, outcome) = try await model.skipParked(stream, of: source)
        guard let skipped else { return nil }
        for generation in try context.store.summaries()
        where generation.number != model.number && generation.version == context.projection.version {
            let other = try running.model(of: generation.number) ?? context.store.open(generation.number)
            try await other.skip([SkippedEvent(source: source, id: skipped)])
        }
        return outcome
    }

    func unreadableMessages() throws -> any UnreadableMessageStore {
        context.store.unreadableMessages(in: try context.reader.generation())
    }
}
