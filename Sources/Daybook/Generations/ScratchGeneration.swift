/// The purpose of a generation that is built to be looked at and thrown away. There is one at a time of each.
public enum ScratchPurpose: String, Sendable, CaseIterable {
    /// To explain a rebuild, or to compare it with what serves.
    case comparison = "trial"
    /// To show what was.
    case past
}

/// A generation that is built to be looked at and thrown away. It is empty at first, and readers are never led to it.
public protocol ScratchGeneration: Sendable {
    /// The generation, to be posted to.
    var generation: any Generation { get }

    /// Leaves out what a generation of the read model leaves out: the events that are skipped, and those at which
    /// processes have ended again and again.
    func takeOverExcludedEvents(of number: Int) async throws

    /// Begins to compare a generation of the read model, as it is now, with this one, and leaves out here what that one
    /// leaves out at the same moment.
    func comparison(with number: Int) async throws -> any RowComparison

    /// Its rows.
    func rows() throws -> any TableRows

    /// Bytes that it takes now.
    func bytes() throws -> Int64
}
