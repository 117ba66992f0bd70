import Synchronization

/// A read model without a file: `View` is the rows, `post` changes them by one event.
public final class InMemoryReadModel<View: Sendable>: ReadModel {
    private struct State {
        var view: View
        var checkpoints: [Lane: Checkpoint] = [:]
        var unreadable: [UnreadableMessage] = []
    }

    private let state: Mutex<State>
    private let change: @Sendable (inout View, LogEntry) -> Void

    public init(_ view: View, post change: @escaping @Sendable (inout View, LogEntry) -> Void) {
        state = Mutex(State(view: view))
        self.change = change
    }

    public var view: View { state.withLock { $0.view } }
    public var unreadable: [UnreadableMessage] { state.withLock { $0.unreadable } }

    public func checkpoints() async throws -> [Lane: Checkpoint] { state.withLock { $0.checkpoints } }

    public func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? { nil }

    @discardableResult
    public func apply(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws -> [EventFailure] {
        try state.withLock { state in
            for posting in postings where state.checkpoints[posting.lane] != posting.expected {
                throw Fenced(lane: posting.lane)
            }
            for posting in postings {
                for entry in posting.entries { change(&state.view, entry.log) }
                state.checkpoints[posting.lane] = posting.next
            }
            state.unreadable += unreadable
        }
        return []
    }
}
