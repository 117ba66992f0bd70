/// The generations that a read model has, of any version, and what can be said of each without the code of its
/// projection.
public protocol GenerationCatalogue: Sendable {
    /// The generation that serves; `nil` before the first one is built.
    var serving: Int? { get }

    /// The generations that there are, oldest first.
    var numbers: [Int] { get }

    /// Looks into each generation, oldest first. One that is being made at this moment is left out.
    ///
    /// - Throws: When the one that serves cannot be read.
    func survey() throws -> (generations: [GenerationSummary], damaged: [DamagedGeneration])

    /// Looks into a generation; `nil` when it is gone, or was not finished being made.
    ///
    /// - Throws: When it cannot be read.
    func summary(of number: Int) throws -> GenerationSummary?

    /// The events that could not be posted to a generation; `nil` where everything could.
    func failures(in number: Int) throws -> ParkedFailures?

    /// The amounts that a generation has set aside.
    func kept(in number: Int) throws -> KeptCounts

    /// The events that are skipped in a generation.
    func skippedEvents(in number: Int) throws -> [SkippedEvent]

    /// The messages that a generation keeps because they could not be read.
    func unreadableMessages(in number: Int) -> any UnreadableMessageStore

    /// Bytes that are free for another generation.
    var freeBytes: Int64 { get }
}

extension GenerationCatalogue {
    /// The summary of each generation that can be read, oldest first.
    ///
    /// - Throws: When the one that serves cannot be read.
    public func summaries() throws -> [GenerationSummary] { try survey().generations }

    /// `true` where the generations say something else than what serves: a promotion is under way, or a worker has
    /// ended in the midst of one.
    public func isBetweenTwo(_ generations: [GenerationSummary]) -> Bool {
        generations.contains { ($0.record.role == .serving) != ($0.number == serving) }
    }
}
