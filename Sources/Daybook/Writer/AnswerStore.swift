/// The answers to idempotency keys, as they grow old. They are found by ``EventStore/answer(to:)``.
public protocol AnswerStore: Sendable {
    /// Forgets the answers to commands that are older than so many days: their keys are then as good as new. Only days
    /// on which this is called count, so it is to be called several times a day.
    ///
    /// - Parameter today: Any time of the present day, by the writer's clock.
    /// - Returns: How many there were.
    @discardableResult
    func removeAnswers(olderThan days: Int, today: Timestamp) async throws -> Int
}
