import ArgumentParser
import DaybookVersion
import Foundation
import Glibc
import UnixSignals

/// Measures Daybook beside plain C programs that do the same work, and how it grows.
@main struct DaybookBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-bench",
        abstract: "Measures Daybook beside plain C programs that do the same work, and how it grows.",
        discussion: "deploy/bench builds everything, starts a broker and runs this.",
        version: DaybookVersion.line(of: "daybook-bench"),
        subcommands: [RunCommand.self, GrowthCommand.self], defaultSubcommand: RunCommand.self)
}

struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("AMQP URL of a broker that nobody else uses.", valueName: "url"))
    var broker: String

    @Option(help: ArgumentHelp("Where the compiled yardsticks are.", valueName: "folder"))
    var yardsticks: String?

    @Option(help: ArgumentHelp("Where a folder for all files is made, and removed at the end.", valueName: "folder"))
    var work = ".build"

    @Flag(help: "Smaller sizes and fewer runs.")
    var quick = false

    @Option(help: ArgumentHelp("Something to add to the conditions, such as a version.", valueName: "text"))
    var note: [String] = []

    /// Runs `body` with a folder of its own. Leaves no process and no file behind, also when it is interrupted.
    func withBench(_ body: (Bench) async throws -> Void) async throws {
        // A daemon that goes away is an error where it is written to, not the end of this process.
        signal(SIGPIPE, SIG_IGN)
        let parent = work.hasPrefix("/") ? work : "\(FileManager.default.currentDirectoryPath)/\(work)"
        let folder = URL(filePath: "\(parent)/bench-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let interruption = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { Self.abandon(folder) }
        }
        defer {
            interruption.cancel()
            ChildProcess.endAll()
            try? FileManager.default.removeItem(at: folder)
        }
        try await body(Bench(folder: folder, brokerURL: broker, yardsticks: yardsticks, isQuick: quick))
    }

    private static func abandon(_ folder: URL) {
        ChildProcess.endAll()
        try? FileManager.default.removeItem(at: folder)
        Glibc.exit(130)
    }
}

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
