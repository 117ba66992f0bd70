import Synchronization

/// Gathers what several tasks send until one task takes it: all that is at hand, in the order it came.
///
/// It has no bound of its own: every sender must be bounded by what it waits for (a prefetch, a window).
public final class Mailbox<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    private let signal = Signal()

    public init() {}

    public func send(_ element: Element) {
        elements.withLock { $0.append(element) }
        signal.fire()
    }

    public func takeAll() -> [Element] {
        elements.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }

    /// Yields when there may be something to take, and once at the beginning.
    public func arrivals() -> AsyncStream<Void> { signal.listen() }

    /// Like ``arrivals()``; yields also when something else changes.
    public func arrivals(or changes: Signal) -> AsyncStream<Void> { Signal.listen(to: signal, changes) }
}
