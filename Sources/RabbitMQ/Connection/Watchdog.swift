import Glibc
import Synchronization

/// Frees a connection's thread when a call into librabbitmq hangs.
///
/// Before 0.14 the library can wait for ever for room in the socket of a peer that stopped reading. The thread notes
/// when it enters and leaves the library; when it stays inside for longer than the limit, the watchdog shuts the
/// socket down, and the call returns with an error.
final class Watchdog: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var enteredAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let limit: Duration

    init(limit: Duration) { self.limit = limit }

    /// Runs `body`, a call into the library, under supervision.
    func guarding<Result>(_ descriptor: Int32, _ body: () -> Result) -> Result {
        state.withLock { $0 = State(descriptor: descriptor, enteredAt: .now) }
        defer { state.withLock { $0 = State() } }
        return body()
    }

    /// Looks after the connection until the surrounding task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: limit / 10)) != nil {
            state.withLock { state in
                guard let entered = state.enteredAt, entered.duration(to: .now) > limit else { return }
                shutdown(state.descriptor, Int32(SHUT_RDWR))
            }
        }
    }
}
