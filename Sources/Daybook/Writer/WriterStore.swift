/// The store of a writer: events and log, and what a writer keeps in order besides.
///
/// `verifyStoreContract` and `verifyWriterStoreContract` in DaybookTesting state what every one must do;
/// ``InMemoryStore`` is the reference.
public protocol WriterStore: EventStore, IntegrationLog, AnswerStore, SubjectStore, TagIndexing, QuarantineStore {
    /// Fires after every commit that appended events.
    var changes: Signal { get }

    // MARK: Contents

    /// The categories of the streams, in the order of their names.
    func categories() async throws -> [StreamCategory]

    /// The types of the events, in each schema version and each category that has them, in the order of their first
    /// events. A store may look at the first and the last 1000 events of each type only.
    func typesInUse() async throws -> [TypeInUse]

    /// The time at which the last event was recorded; `nil` when there is none.
    func lastRecordedAt() async throws -> Timestamp?

    // MARK: Problems

    /// The reason why the last append could not be stored, until something is stored again: a full disk, for example.
    var problem: String? { get }

    /// Fires when ``problem`` has changed.
    var problemChanges: Signal { get }

    /// Commits a write that changes nothing. ``problem`` is gone when that succeeds.
    ///
    /// - Throws: ``AppendError/unavailable(_:)``.
    func probe() async throws
}
