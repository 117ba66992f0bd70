/// The subjects whose personal data a store has, and what is left of those who are forgotten. A subject is a stream.
///
/// Forgetting has three steps, so that one that was interrupted is finished later. ``beginForgetting(_:)`` notes that
/// it is wanted and destroys the key. What has happened is appended, which is the aggregate's business.
/// ``finishForgetting(_:isPlain:tags:)`` removes what is derived.
public protocol SubjectStore: Sendable {
    /// `true` when personal data are stored encrypted, so that they can be forgotten.
    var hasKeys: Bool { get }

    /// Notes that a subject is to be forgotten, and destroys its key. From then on its personal data read as
    /// ``SealedData/forgotten``, and an append with others is refused with ``AppendError/forgotten(_:)``.
    ///
    /// - Throws: ``StoreError`` when the store has no keys; ``AppendError``.
    func beginForgetting(_ stream: StreamName) async throws

    /// Removes what is derived from a subject's personal data: its snapshot, the answers to its commands, and the tags
    /// that its events do not give any more.
    ///
    /// - Parameters:
    ///   - isPlain: Whether some of the personal data of an event and of what was published of it, as they are stored,
    ///     stand there as they are.
    ///   - tags: What an event, as it is stored, is found by once its subject is forgotten.
    /// - Returns: What the store still has, and where its log says last that the subject is forgotten; `nil` when the
    ///   domain publishes nothing that says so.
    /// - Throws: What `isPlain` and `tags` throw, ``StoreError``, ``AppendError``.
    func finishForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags: @escaping @Sendable (StoredEvent) throws -> [Tag]
    ) async throws -> (report: ForgettingReport, place: LogPlace?)

    /// Asks of a stream what ``finishForgetting(_:isPlain:tags:)`` asks, if its forgetting was begun. Changes nothing.
    ///
    /// - Throws: What `isPlain` and `tags` throw.
    func rehearseForgetting(
        _ stream: StreamName, isPlain: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool,
        tags: @Sendable (StoredEvent) throws -> [Tag]
    ) async throws

    /// The subjects whose forgetting was begun and not finished, in the order of their names. A store that was restored
    /// since names them too: whoever was forgotten stays so.
    func unfinishedForgettings() async throws -> [StreamName]
}
