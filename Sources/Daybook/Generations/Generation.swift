/// One generation of a read model, opened by a worker that has the code of its projection's version.
///
/// Posting is guarded twice in its transaction: by the checkpoints, and by what the generation was to its read model
/// when it was opened, or last changed here. A worker that missed a change of either gets ``Fenced``.
public protocol Generation: ReadModel, ParkedEventStore, PendingErasures {
    /// The number of the generation in its read model. No other one ever has its number.
    var number: Int { get }

    /// Its role in the read model, and what was asked of it.
    func record() async throws -> GenerationRecord

    /// Changes its record, in a transaction.
    func update(_ change: @escaping @Sendable (inout GenerationRecord) -> Void) async throws

    // MARK: Building

    /// Sees at which events the last process that fed this generation has ended, if at any, so that an event at which
    /// processes end again and again is parked untried. For who feeds it next.
    func countCrash() async throws

    /// Makes what is only needed for reading, erases what is left of forgotten streams, and brings everything to the
    /// disk.
    func finish() async throws

    /// `true` once the projection has made any row.
    func hasRows() async throws -> Bool

    // MARK: What is set aside

    /// The events that could not be posted; `nil` where everything could.
    func failures() async throws -> ParkedFailures?

    /// Tries everything that is parked once more, but no event at which processes have ended again and again.
    func retryAllParked() async throws

    /// Gives up the first parked event of a stream for good, and posts those behind it.
    ///
    /// - Returns: The id of the event that was given up, `nil` when nothing of the stream is parked.
    /// - Throws: ``ForgettingNotSkipped`` when it says that the stream is forgotten.
    func skipParked(_ stream: String, of source: Source) async throws -> (skipped: String?, outcome: ParkedOutcome)

    /// Never posts these events, which an operator has skipped in another generation; what waits behind them is posted.
    /// One that says that somebody is forgotten is posted all the same.
    func skip(_ events: [SkippedEvent]) async throws
}
