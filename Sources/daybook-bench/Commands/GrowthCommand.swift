import ArgumentParser
import Foundation

struct GrowthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Measures the same things on a store of 100,000, 1,000,000 and 10,000,000 events.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await options.withBench { bench in
            let sizes = bench.isQuick ? [100_000, 1_000_000] : [100_000, 1_000_000, 10_000_000]
            var stores: [Growth] = []
            for size in sizes {
                say("\(size) events …")
                stores.append(try await Growth(bench, size: size, from: stores.last))
            }
            // In turn, so that a machine that is slow for a while is slow for all of them.
            var rounds = [[[Growth.Measure]]](repeating: [], count: stores.count)
            for round in 1...Self.rounds {
                say("round \(round) of \(Self.rounds) …")
                for (index, store) in stores.enumerated() { rounds[index].append(try await store.measure()) }
            }
            var columns = rounds.map(medians)
            for (index, store) in stores.enumerated() { columns[index] += try await store.measureDaemons() }
            print("\(Conditions.text(bench, notes: options.note))\n\n\(table(sizes, columns))")
        }
    }

    private static let rounds = 5

    private func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    private func medians(_ rounds: [[Growth.Measure]]) -> [Growth.Measure] {
        (rounds.first ?? []).enumerated().map { index, measure in
            var median = measure
            let values = rounds.compactMap { $0[safely: index]?.value }.sorted()
            median.value = values[values.count / 2]
            return median
        }
    }

    /// A column for each size, and how many times what the first costs the last does.
    private func table(_ sizes: [Int], _ columns: [[Growth.Measure]]) -> String {
        let header = ["events"] + sizes.map { Text.figure(Double($0)) } + ["cost"]
        let rows = (columns.first ?? []).indices.map { index -> [String] in
            let measures = columns.compactMap { $0[safely: index] }
            guard let first = measures.first, let last = measures.last else { return [] }
            return ["\(first.name), \(first.unit)"] + measures.map { Text.figure($0.value) }
                + [Text.ratio(last.cost(against: first))]
        }
        return Text.table([header] + rows)
    }
}
