import ArgumentParser
import Foundation

struct GrowthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "growth",
        abstract: "Measures the same things on a store of 100,000, 1,000,000 and 10,000,000 events.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await options.withBench { bench in
            let growth = Growth(bench)
            let sizes = [100_000, 1_000_000, 10_000_000].map(bench.sized)
            var columns: [[Growth.Measure]] = []
            for size in sizes {
                FileHandle.standardError.write(Data("\(size) events …\n".utf8))
                columns.append(try await growth.measure(size))
            }
            print("\(Conditions.text(bench, notes: options.note))\n\n\(table(sizes, columns))")
        }
    }

    /// A column for each size, and how much the last is of the first.
    private func table(_ sizes: [Int], _ columns: [[Growth.Measure]]) -> String {
        let header = ["events"] + sizes.map { Text.figure(Double($0)) } + ["factor"]
        let rows = (columns.first ?? []).indices.map { index -> [String] in
            let measures = columns.compactMap { $0[safely: index] }
            guard let first = measures.first, let last = measures.last else { return [] }
            let factor = first.value > 0 ? last.value / first.value : nil
            return ["\(first.name), \(first.unit)"] + measures.map { Text.figure($0.value) } + [Text.ratio(factor)]
        }
        return Text.table([header] + rows)
    }
}
