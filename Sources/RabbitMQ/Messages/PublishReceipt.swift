import Synchronization

/// Stands for messages that were sent together; tells what became of each.
public final class PublishReceipt: Sendable {
    private struct State {
        var outcomes: [PublishOutcome?]
        var unsettled: Int
        var failure: RabbitMQError?
        var waiter: CheckedContinuation<[PublishOutcome], any Error>?

        var result: Result<[PublishOutcome], any Error>? {
            if let failure { return .failure(failure) }
            return unsettled == 0 ? .success(outcomes.compactMap(\.self)) : nil
        }
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(outcomes: Array(repeating: nil, count: count), unsettled: count))
    }

    /// Waits until the broker has settled every message.
    ///
    /// - Returns: One outcome for each message, in the order they were sent.
    /// - Throws: ``RabbitMQError`` when the channel or connection closed first: the fate of the unsettled messages is
    ///   then unknown. `CancellationError` when the task is cancelled.
    public func outcomes() async throws -> [PublishOutcome] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<[PublishOutcome], any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.result == nil { state.waiter = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume(throwing: CancellationError())
        }
    }

    func settle(_ index: Int, _ outcome: PublishOutcome) {
        finish { state in
            guard state.outcomes[index] == nil else { return }
            state.outcomes[index] = outcome
            state.unsettled -= 1
        }
    }

    func fail(_ error: RabbitMQError) { finish { $0.failure = $0.failure ?? error } }

    private func finish(_ change: (inout State) -> Void) {
        let resume: (() -> Void)? = state.withLock { state in
            change(&state)
            guard let waiter = state.waiter, let result = state.result else { return nil }
            state.waiter = nil
            return { waiter.resume(with: result) }
        }
        resume?()
    }
}
