import ArgumentParser
import Foundation

/// The options every command has.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The YAML file with the settings.", valueName: "path"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("Where the writer listens.", valueName: "url"))
    var writer: String?

    @Option(help: ArgumentHelp("Where a worker listens; may be given more than once.", valueName: "[name=]url"))
    var worker: [String] = []

    @Flag(help: "Print the JSON the daemons answer with.")
    var json = false

    func daemons() throws -> Daemons {
        try Daemons(
            config: config, writer: writer, workers: worker, environment: ProcessInfo.processInfo.environment)
    }
}
