public import CoreMetrics
import Synchronization

/// Keeps the metrics of a process in memory and reports them in the Prometheus text format.
///
/// Safe to use from any thread. It grows with the names and label sets in use and with nothing else. A name
/// that is taken by one kind of metric is not given to another: what the second one records is not reported.
public final class PrometheusRegistry: Sendable {
    private struct Family {
        let kind: MetricKind
        let label: String
        var series: [MetricLabels: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// An empty registry.
    public init() {}

    /// Sets the text of the `# HELP` line for the metrics made with this label.
    public func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[label] = help }
    }

    /// Everything recorded so far, and the figures of the process, in text exposition format 0.0.4.
    public func render() -> String {
        let state = state.withLock { $0 }
        let families = state.families.sorted { $0.key < $1.key }.map { name, family in
            let help = state.help[family.label].map { "# HELP \(name) \(PrometheusText.help($0))\n" } ?? ""
            let samples = family.series.sorted { $0.key.text < $1.key.text }.map { $1.samples(name, $0) }
            return "\(help)# TYPE \(name) \(family.kind.rawValue)\n" + samples.joined()
        }
        return families.joined() + ProcessMetrics.render()
    }

    private func series<Series: MetricSeries>(
        _ name: String, _ label: String, _ dimensions: [(String, String)], orMake make: () -> Series
    ) -> Series {
        let labels = MetricLabels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: Series.kind, label: label)
            if let known = family.series[labels] as? Series { return known }
            let made = make()
            if family.kind == Series.kind {
                family.series[labels] = made
                state.families[name] = family
            }
            return made
        }
    }

    private func forget(_ handler: any AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                state.families[name]?.series[labels] = nil
            }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    /// A counter, reported with `_total` after its name.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(PrometheusText.name(label, suffix: "_total"), label, dimensions) { CounterSeries() }
    }

    /// A counter, reported with `_total` after its name.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(PrometheusText.name(label, suffix: "_total"), label, dimensions) { CounterSeries() }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(PrometheusText.name(label), label, dimensions) { GaugeSeries() }
    }

    /// A histogram by decades, or a gauge if the values are not to be aggregated.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return series(PrometheusText.name(label), label, dimensions) { GaugeSeries() }
        }
        return series(PrometheusText.name(label), label, dimensions) {
            HistogramSeries(bounds: HistogramSeries.decadeBounds)
        }
    }

    /// A histogram in seconds, reported with `_seconds` after its name.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(PrometheusText.name(label, suffix: "_seconds"), label, dimensions) {
            HistogramSeries(bounds: HistogramSeries.secondBounds)
        }
    }

    /// Stops reporting the counter.
    public func destroyCounter(_ handler: any CounterHandler) {
        forget(handler)
    }

    /// Stops reporting the counter.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        forget(handler)
    }

    /// Stops reporting the gauge.
    public func destroyMeter(_ handler: any MeterHandler) {
        forget(handler)
    }

    /// Stops reporting the histogram or gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) {
        forget(handler)
    }

    /// Stops reporting the histogram.
    public func destroyTimer(_ handler: any TimerHandler) {
        forget(handler)
    }
}
