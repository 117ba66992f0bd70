import Synchronization

/// The messages that the broker pushes to one or more consumers, taken in chunks: all that is at hand.
///
/// What waits here is bounded by the prefetch of the channels that feed it. One task may iterate.
public final class Deliveries: AsyncSequence, Sendable {
    public typealias Element = [Delivery]

    private struct State {
        var arrived: [Delivery] = []
        var end: RabbitMQError?
        var waiter: CheckedContinuation<[Delivery]?, any Error>?
    }

    private let state = Mutex(State())

    public init() {}

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let deliveries: Deliveries

        public func next() async throws -> [Delivery]? { try await deliveries.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(deliveries: self) }

    /// Waits until there is at least one delivery and takes all there are; `nil` when the task is cancelled.
    ///
    /// - Throws: ``RabbitMQError`` once the consumer, channel or connection has ended and all that came before was
    ///   taken.
    public func next() async throws -> [Delivery]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<[Delivery]?, any Error>? = state.withLock { state in
                    if !state.arrived.isEmpty {
                        defer { state.arrived = [] }
                        return .success(state.arrived)
                    }
                    if let end = state.end { return .failure(end) }
                    if Task.isCancelled { return .success(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            takeWaiter()?.resume(returning: nil)
        }
    }

    func receive(_ chunk: [Delivery]) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.arrived += chunk }
            return state.waiter
        }
        waiter?.resume(returning: chunk)
    }

    /// Drops what was not taken yet.
    func discard() { state.withLock { $0.arrived = [] } }

    func finish(_ error: RabbitMQError) {
        state.withLock { $0.end = $0.end ?? error }
        takeWaiter()?.resume(throwing: error)
    }

    private func takeWaiter() -> CheckedContinuation<[Delivery]?, any Error>? {
        state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
    }
}
