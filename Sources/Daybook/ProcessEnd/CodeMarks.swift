/// Notes of the domain's code that is about to run, kept where they outlive the process.
///
/// A trap in Swift, such as an overflow, ends the process and cannot be caught. A writer gives its repositories such
/// notes, so that it knows after a crash which stream or command to try alone, see ``Quarantined``.
public protocol CodeMarks: Sendable {
    /// Notes what code of a domain works on from now on, on this thread.
    ///
    /// - Returns: What ``end(_:)`` takes.
    /// - Throws: ``Quarantined`` when that was found to end processes; what keeping the note throws.
    func begin(_ work: MarkedWork) throws -> CodeMark

    /// The code that was noted on this thread has come to its end.
    func end(_ mark: CodeMark)
}

extension CodeMarks {
    /// Runs code of a domain with a note of what it works on.
    ///
    /// - Throws: ``Quarantined`` when that was found to end processes; what `body` throws.
    public func marking<Value>(_ work: MarkedWork, _ body: () throws -> Value) throws -> Value {
        let mark = try begin(work)
        defer { end(mark) }
        return try body()
    }
}
