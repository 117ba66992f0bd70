import CoreMetrics
import Synchronization

/// The kind of a metric, as the `# TYPE` line says it.
enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// The values under one name and one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    static var kind: MetricKind { get }

    /// The lines that report the present values.
    func samples(_ name: String, _ labels: MetricLabels) -> String
}

final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    static let kind = MetricKind.counter
    private let value = Mutex(0.0)

    func increment(by amount: Int64) {
        increment(by: Double(amount))
    }

    func increment(by amount: Double) {
        value.withLock { $0 += amount }
    }

    func reset() {
        value.withLock { $0 = 0 }
    }

    func samples(_ name: String, _ labels: MetricLabels) -> String {
        PrometheusText.sample(name, labels, value.withLock { $0 })
    }
}

final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    static let kind = MetricKind.gauge
    private let value = Mutex(0.0)

    func set(_ value: Int64) {
        set(Double(value))
    }

    func set(_ value: Double) {
        self.value.withLock { $0 = value }
    }

    func increment(by amount: Double) {
        value.withLock { $0 += amount }
    }

    func decrement(by amount: Double) {
        value.withLock { $0 -= amount }
    }

    func record(_ value: Int64) {
        set(Double(value))
    }

    func record(_ value: Double) {
        set(value)
    }

    func samples(_ name: String, _ labels: MetricLabels) -> String {
        PrometheusText.sample(name, labels, value.withLock { $0 })
    }
}
