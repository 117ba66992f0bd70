import Foundation
import Histogram

/// Runs scenarios in turn with their yardsticks, and tells what came of them.
struct Comparison {
    let bench: Bench
    /// Pairs of runs that count; one more before them warms up.
    let pairs: Int
    private(set) var figures: [Figures] = []
    private(set) var latencies: [String] = []
    private(set) var failures: [String] = []

    init(_ bench: Bench) {
        self.bench = bench
        pairs = bench.isQuick ? 3 : 7
    }

    static func scenarios(_ bench: Bench) -> [any Scenario] {
        [
            AppendBatches(bench), AppendSingly(bench), Commands(bench), RelayAndWorker(bench), Rebuild(bench),
            Load(bench), Visible(bench),
        ]
    }

    /// Measures one scenario. A failure is noted, so that the others are measured nevertheless.
    mutating func measure(_ scenario: any Scenario) async {
        let names = scenario.lines.map(\.name).joined(separator: ", ")
        say("\(names) …")
        do {
            try await scenario.prepare()
            try await run(scenario, names)
        } catch {
            failures.append("\(names): \(error)")
            say("\(names) failed: \(error)")
        }
        await scenario.finish()
    }

    private mutating func run(_ scenario: any Scenario, _ names: String) async throws {
        var ours: [[Double]] = []
        var yardstick: [[Double?]] = []
        for pair in 0...pairs {
            let (own, other) = (try await scenario.ours(), try await scenario.yardstick())
            guard pair > 0 else {
                scenario.latencies = scenario.latencies.map { _ in Histogram() }
                continue
            }
            ours.append(own)
            yardstick.append(other)
            say("  \(own.map(Text.figure).joined(separator: " ")) | \(other.map(Text.figure).joined(separator: " "))")
        }
        for (index, line) in scenario.lines.enumerated() {
            figures.append(
                Figures(
                    line, ours: ours.compactMap { $0[safely: index] },
                    yardstick: yardstick.map { $0[safely: index] ?? nil }))
        }
        if let histogram = scenario.latencies {
            let values = [histogram.valueAtPercentile(50), histogram.valueAtPercentile(99), histogram.max]
            let texts = zip(["p50", "p99", "max"], values).map { "\($0) \(Text.figure(Double($1) / 1e6)) ms" }
            latencies.append("\(names): \(texts.joined(separator: ", ")) over all runs")
        }
    }

    /// Progress goes beside the result.
    private func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    var table: String {
        let header = ["scenario", "unit", "Daybook", "yardstick", "ratio", "must", "goal", "met"]
        let rows = figures.map { row in
            let sign = row.line.isLatency ? "≤ " : "≥ "
            return [
                row.line.name, row.line.unit.rawValue, Text.spread(row.ours), Text.spread(row.yardstick),
                Text.ratio(row.ratio), row.line.must.map { sign + Text.ratio($0) } ?? "–",
                row.line.goal.map { sign + Text.ratio($0) } ?? "–", row.isMet.map { $0 ? "yes" : "NO" } ?? "–",
            ]
        }
        return ([Text.table([header] + rows), ""] + latencies + failures.map { "FAILED \($0)" })
            .joined(separator: "\n")
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(figures) + Data("\n".utf8)
    }
}
