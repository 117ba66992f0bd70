/// The part of a store that remembers what is in quarantine from one start of a writer to the next.
public protocol QuarantineStore: Sendable {
    /// All records, in the order of streams, commands and times.
    func quarantined() async throws -> [QuarantineRecord]

    /// Puts records in the place of all that there are, in one transaction.
    ///
    /// - Throws: ``AppendError`` when the store takes nothing. Then everything is as it was.
    func replaceQuarantined(by records: [QuarantineRecord]) async throws

    /// The hash of a command's body under a secret of the store, so that a short body cannot be guessed from it. The
    /// same body has the same hash as long as the store lives.
    func hash(ofBody body: [UInt8]) -> [UInt8]
}
