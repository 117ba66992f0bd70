import Synchronization

/// Aggregates that were used lately, as they were folded, so that a command need not load a stream that is known.
///
/// What is in it may be behind the store: whoever takes something must have its version checked, by appending to
/// exactly that version or by reading what came after it.
final class AggregateCache<Subject: Aggregate>: Sendable {
    /// Those used since the last turn, and those of the turn before: the rest is forgotten.
    private struct Generations {
        var young: [StreamName: Loaded<Subject>] = [:]
        var old: [StreamName: Loaded<Subject>] = [:]
        var drops = 0
    }

    private let generations = Mutex(Generations())
    private let limit: Int

    /// - Parameter limit: How many aggregates are kept at most.
    init(limit: Int) { self.limit = limit }

    subscript(stream: StreamName) -> Loaded<Subject>? {
        generations.withLock { $0.young[stream] ?? $0.old[stream] }
    }

    /// How often something was dropped for good.
    var drops: Int { generations.withLock { $0.drops } }

    /// - Parameter drops: How often something was dropped before the aggregate was loaded. One that was loaded before a
    ///   drop is not kept: it may be the one that was dropped.
    func keep(_ loaded: Loaded<Subject>, for stream: StreamName, asOf drops: Int) {
        guard limit > 1 else { return }
        generations.withLock { generations in
            guard generations.drops == drops else { return }
            generations.young[stream] = loaded
            if generations.young.count >= limit / 2 {
                generations.old = generations.young
                generations.young = [:]
            }
        }
    }

    func forget(_ stream: StreamName) {
        generations.withLock { generations in
            generations.young[stream] = nil
            generations.old[stream] = nil
        }
    }

    /// Forgets what may never be seen again, also by whoever has loaded it and would keep it later.
    func drop(_ stream: StreamName) {
        generations.withLock { $0.drops += 1 }
        forget(stream)
    }
}
