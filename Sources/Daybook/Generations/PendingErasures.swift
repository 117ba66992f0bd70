/// The remainders that a generation or a reaction may still have of rows that were erased when their stream was
/// forgotten.
public protocol PendingErasures: Sendable {
    /// Erases what is left, if anything is. What stands in the way may have put that off: a reader that holds a log, a
    /// full disk, or the end of a process.
    ///
    /// - Returns: Whether nothing is left.
    func erasePending() async throws -> Bool
}
