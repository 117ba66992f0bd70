/// The place of a writer's store. The store may be open, closed, or not made yet.
///
/// Its description names it in messages and in the log: the path of a file, for example.
public protocol StoreLocation: Sendable, CustomStringConvertible {
    /// The key of the setting that says where it is: `store.path`.
    var setting: String { get }

    /// The file in which the writer notes the domain's code that runs, on the writer's own host. See ``Quarantine``.
    var marksPath: String { get }

    /// What is in quarantine, read without opening the store; `nil` when there is no store yet.
    func quarantined() async throws -> [QuarantineRecord]?

    /// Opens the store, or makes it.
    ///
    /// - Throws: ``StoreError`` when another process has it, or it does not fit; what else opening it throws.
    func open() async throws -> any WriterStore
}
