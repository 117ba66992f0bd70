import Synchronization

/// Aggregates that were used lately, as they were folded, so that a command need not load a stream that is known.
///
/// What is in it may be behind the store: whoever takes something must have its version checked, by appending to
/// exactly that version or by reading what came after it.
final class AggregateCache<Subject: Aggregate>: Sendable {
    private struct State {
        var known: RecentlyUsed<StreamName, Loaded<Subject>>
        var drops = 0
    }

    private let state: Mutex<State>

    /// - Parameter limit: How many aggregates are kept at most: those that were used last.
    init(limit: Int) { state = Mutex(State(known: RecentlyUsed(limit: limit))) }

    subscript(stream: StreamName) -> Loaded<Subject>? { state.withLock { $0.known.use(stream) } }

    /// The number of times that something was dropped for good.
    var drops: Int { state.withLock { $0.drops } }

    /// - Parameter drops: How often something was dropped before the aggregate was loaded. One that was loaded before a
    ///   drop is not kept: it may be the one that was dropped.
    func keep(_ loaded: Loaded<Subject>, for stream: StreamName, asOf drops: Int) {
        state.withLock { state in
            if state.drops == drops { state.known.keep(loaded, for: stream) }
        }
    }

    func forget(_ stream: StreamName) { state.withLock { $0.known.remove(stream) } }

    /// Forgets what may never be seen again, also by whoever has loaded it and would keep it later.
    func drop(_ stream: StreamName) {
        state.withLock { $0.drops += 1 }
        forget(stream)
    }
}
