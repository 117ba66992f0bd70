/// What keeps a runner from applying events, and what it has set aside. Pure.
struct RunnerProblems {
    /// The reason why the last transaction was not committed, or the projection has paused.
    var transaction: String?
    /// The reason why the read model's checkpoints could not be read when they were last asked for.
    var checkpoints: String?
    /// Set when there is no sense in going on.
    var failure: PartitionCountMismatch?
    /// The messages that were kept because they could not be read.
    var unreadable = 0
    private var ignoredSources: Set<Source> = []

    var text: String? { transaction ?? checkpoints }

    /// Notes a source whose messages are ignored. The name comes from outside: how many are remembered is bounded.
    ///
    /// - Returns: `true` when it is to be reported.
    mutating func ignore(_ source: Source) -> Bool {
        ignoredSources.count < 100 && ignoredSources.insert(source).inserted
    }
}
