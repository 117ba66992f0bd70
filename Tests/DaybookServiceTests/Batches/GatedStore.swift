import Daybook
import Synchronization

/// A store in memory in which each append waits until those to its stream are let go.
final class GatedStore: EventStore {
    private struct State {
        /// The ids of the streams, or `nil` when all are let go.
        var opened: Set<String>? = []
        var waiting: [(id: String, continuation: CheckedContinuation<Void, Never>)] = []
        var appending: [StreamName] = []
        /// The most appends that there were at the same time.
        var most = 0

        func isOpen(_ id: String) -> Bool { opened?.contains(id) ?? true }
    }

    private let inner = InMemoryStore()
    private let state = Mutex(State())

    /// The streams that are appended to now.
    var appending: [StreamName] { state.withLock { $0.appending } }

    var most: Int { state.withLock { $0.most } }

    /// Lets appends go that wait, and those that come.
    ///
    /// - Parameter id: The aggregate's; `nil` for all of them.
    func letGo(_ id: String? = nil) {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if let id { state.opened?.insert(id) } else { state.opened = nil }
            let waiting = state.waiting
            state.waiting = waiting.filter { !state.isOpen($0.id) }
            return waiting.filter { state.isOpen($0.id) }.map { $0.continuation }
        }
        for continuation in released { continuation.resume() }
    }

    func append(_ request: AppendRequest) async throws -> CommandAnswer {
        await enter(request.stream)
        defer { leave(request.stream) }
        return try await inner.append(request)
    }

    private func enter(_ stream: StreamName) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isFree = state.withLock { state -> Bool in
                state.appending.append(stream)
                state.most = max(state.most, state.appending.count)
                if state.isOpen(stream.id) { return true }
                state.waiting.append((stream.id, continuation))
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave(_ stream: StreamName) {
        state.withLock { state in
            if let place = state.appending.firstIndex(of: stream) { state.appending.remove(at: place) }
        }
    }

    // MARK: All else is as it is in the store

    var changes: Signal { inner.changes }

    func append(_ requests: [AppendRequest]) async throws -> [CommandAnswer] { try await inner.append(requests) }

    func answer(to record: IdempotencyRecord) async throws -> CommandAnswer? { try await inner.answer(to: record) }

    func read(_ stream: StreamName, after version: StreamVersion, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(stream, after: version, limit: limit)
    }

    func replay(
        _ stream: StreamName, after version: StreamVersion, _ body: @escaping @Sendable (ReplayedEvent) throws -> Void
    ) async throws {
        try await inner.replay(stream, after: version, body)
    }

    func read(after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(after: position, limit: limit)
    }

    func read(_ query: EventQuery, after position: Position, limit: Int) async throws -> [StoredEvent] {
        try await inner.read(query, after: position, limit: limit)
    }

    func find(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> FoundEvents {
        try await inner.find(query, in: range, limit: limit, maximumLooks: maximumLooks)
    }

    func read(at positions: [Position]) async throws -> [StoredEvent] { try await inner.read(at: positions) }
    func version(of stream: StreamName) async throws -> StreamVersion { try await inner.version(of: stream) }
    func head() async throws -> Position { try await inner.head() }
}
