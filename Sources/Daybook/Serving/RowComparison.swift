/// A comparison of the rows of two generations of the same version, the first as it was when this was made, while
/// others post to it.
public protocol RowComparison: Sendable {
    /// The progress of the first one.
    var checkpoints: [Lane: Checkpoint] { get }

    /// Compares the rows. The order of a table's rows does not count, how often each is there does.
    ///
    /// - Returns: The tables that are not equal, by name.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func differences() async throws -> [TableDifference]
}
