import Metrics
import Synchronization

/// Counts the lines of batches by the status of their responses, and times their commands: `daybook_batch_lines_total`
/// and `daybook_batch_command_duration_seconds`.
///
/// For the metrics of requests a batch is one request, whatever becomes of its lines.
final class BatchMetrics: Sendable {
    private let factory: any MetricsFactory
    /// By the status. The interface has only a few.
    private let lines = Mutex<[Int: Metrics.Counter]>([:])
    private let duration: Metrics.Timer

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        duration = Metrics.Timer(label: "daybook_batch_command_duration", factory: factory)
    }

    /// Counts a line that has a response.
    func count(status: Int) {
        let counter = lines.withLock { lines in
            if let known = lines[status] { return known }
            let made = Metrics.Counter(
                label: "daybook_batch_lines", dimensions: [("status", String(status))], factory: factory)
            lines[status] = made
            return made
        }
        counter.increment()
    }

    /// Records the time from the beginning of a command to its response.
    func record(_ time: Duration) { duration.recordNanoseconds(Int64(time / .nanoseconds(1))) }
}
