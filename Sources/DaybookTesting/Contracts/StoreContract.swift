public import Daybook

/// The contract of every store, as one suite: run it against a store of your own.
///
/// - Parameter makeStore: Makes an empty store with 8 partitions.
/// - Throws: ``Mismatch`` for the first promise that is not kept.
public func verifyStoreContract(_ makeStore: () throws -> any EventStore & IntegrationLog) async throws {
    try await EventStoreContract.verify(makeStore)
    try await IntegrationLogContract.verify(makeStore)
}

/// The further contract of a writer's store, as one suite: run it against a store of your own.
///
/// - Parameter makeStore: Makes an empty store with 8 partitions, with keys of personal data or without.
/// - Throws: ``Mismatch`` for the first promise that is not kept.
public func verifyWriterStoreContract(_ makeStore: (_ hasKeys: Bool) throws -> any WriterStore) async throws {
    try await AnswerStoreContract.verify { try makeStore(false) }
    try await SubjectStoreContract.verify { try makeStore(true) }
    try await TagIndexingContract.verify { try makeStore(false) }
    try await QuarantineStoreContract.verify { try makeStore(false) }
    try await WriterStoreContract.verify { try makeStore(false) }
}
