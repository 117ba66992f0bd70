import Synchronization

/// Tells any number of listeners that something has changed. Firing costs nothing when nobody listens, and several
/// firings between two looks are one.
public final class Signal: Sendable {
    private struct State {
        var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastListener: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func fire() {
        // Not with the lock: waking a task takes the lock of the task, under which its cancellation waits for this one.
        let listeners = state.withLock(\.listeners)
        for listener in listeners.values { listener.yield() }
    }

    /// A stream that yields after each change from now on, and once at its beginning, so that a listener which looks
    /// after every element misses nothing.
    public func listen() -> AsyncStream<Void> { Signal.listen(to: self) }

    /// Like ``listen()``, to several at once.
    public static func listen(to signals: Signal...) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let removals = signals.map { $0.add(continuation) }
        continuation.onTermination = { _ in
            for remove in removals { remove() }
        }
        continuation.yield()
        return stream
    }

    /// - Returns: What takes it away again.
    private func add(_ listener: AsyncStream<Void>.Continuation) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = listener
            return state.lastListener
        }
        return { [weak self] in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
        }
    }
}
