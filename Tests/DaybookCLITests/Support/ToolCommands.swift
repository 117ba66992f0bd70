import ArgumentParser

@testable import DaybookCLI

/// The commands of the tool, with those that only have others below them.
enum ToolCommands {
    static func all(below command: any ParsableCommand.Type = DaybookCommand.self) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap { all(below: $0) }
    }

    /// The names of the types of those that do something.
    static func leafNames() -> [String] {
        all().filter { $0.configuration.subcommands.isEmpty }.map { "\($0)" }
    }
}
