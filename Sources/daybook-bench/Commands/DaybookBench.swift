import ArgumentParser
import DaybookVersion

/// Measures Daybook beside plain C programs that do the same work, and how it grows.
@main struct DaybookBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-bench",
        abstract: "Measures Daybook beside plain C programs that do the same work, and how it grows.",
        discussion: "deploy/bench builds everything, starts a broker and runs this.",
        version: DaybookVersion.line(of: "daybook-bench"),
        subcommands: [RunCommand.self, GrowthCommand.self, DriveCommand.self], defaultSubcommand: RunCommand.self)
}
