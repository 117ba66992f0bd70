import ArgumentParser
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measures each scenario in turn with its yardstick.")

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Measure only this one; may be given several times.", valueName: "scenario"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Write the result as JSON too.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Draw the result too.", valueName: "file"))
    var svg: String?

    func run() async throws {
        try await options.withBench { bench in
            let scenarios = Comparison.scenarios(bench).filter { scenario in
                only.isEmpty || scenario.lines.contains { only.contains($0.name) }
            }
            let names = Comparison.scenarios(bench).flatMap(\.lines).map(\.name)
            if let unknown = only.first(where: { !names.contains($0) }) {
                throw ValidationError("no scenario \(unknown); there are \(names.joined(separator: ", "))")
            }
            var comparison = Comparison(bench)
            for scenario in scenarios { await comparison.measure(scenario) }
            print("\(Conditions.text(bench, notes: options.note))\n\n\(comparison.table)")
            if let json { try comparison.json().write(to: URL(filePath: json)) }
            if let svg { try Data(Picture.svg(comparison.figures).utf8).write(to: URL(filePath: svg)) }
            if !comparison.failures.isEmpty { throw ExitCode.failure }
        }
    }
}
