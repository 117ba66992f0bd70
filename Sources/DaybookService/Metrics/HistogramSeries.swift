import CoreMetrics
import Synchronization

/// The number of observations that fell into each bucket, and their sum. Durations are kept in seconds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    static let kind = MetricKind.histogram

    /// Upper bounds for durations, in seconds: from half a millisecond to ten seconds.
    static let secondBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Upper bounds for anything else: from one to a thousand million, by decades.
    static let decadeBounds = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    private struct Observed {
        /// One count for each bound, and a last one for what exceeds them all. Not yet added up.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let observed: Mutex<Observed>

    init(bounds: [Double]) {
        self.bounds = bounds
        observed = Mutex(Observed(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        // One value that is no number would make the sum useless for the rest of the process's life.
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        observed.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func samples(_ name: String, _ labels: MetricLabels) -> String {
        let observed = observed.withLock { $0 }
        var text = ""
        var count = 0
        for (bound, here) in zip(bounds + [.infinity], observed.counts) {
            count += here
            text += "\(name)_bucket\(labels.text(upperBound: bound)) \(count)\n"
        }
        text += PrometheusText.sample(name + "_sum", labels, observed.sum)
        return text + "\(name)_count\(labels.text) \(count)\n"
    }
}
