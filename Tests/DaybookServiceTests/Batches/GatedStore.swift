import Daybook
import Synchronization
import TestSupport

/// A store in memory in which each append waits until those to its stream are let go.
final class GatedStore: ForwardingStore {
    private struct State {
        /// The ids of the streams, or `nil` when all are let go.
        var opened: Set<String>? = []
        var waiting: [(id: String, continuation: CheckedContinuation<Void, Never>)] = []
        var appending: [StreamName] = []
        /// The most appends that there were at the same time.
        var most = 0

        func isOpen(_ id: String) -> Bool { opened?.contains(id) ?? true }
    }

    let inner = InMemoryStore()
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
}
