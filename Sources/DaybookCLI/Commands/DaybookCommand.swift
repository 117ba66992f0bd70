public import ArgumentParser
import DaybookVersion
import Foundation

/// The tool `daybook`: sends commands to a writer, shows its events, and operates the projections of workers.
///
/// A project makes its own tool by calling `DaybookCommand.main(_:)` with its ``Domain``, or by giving a root command of
/// its own the subcommands of `DaybookCommand.configuration` and more.
public struct DaybookCommand: AsyncParsableCommand {
    /// The name, the help text and the subcommands.
    public static let configuration = CommandConfiguration(
        commandName: Tool.name,
        abstract: "Sends commands to Daybook daemons, shows their events, and operates their projections.",
        usage: """
            \(Tool.name) <category> <command> [<id>] [<key>=<value> ...] [<options>]
            \(Tool.name) <category> show <id>
            \(Tool.name) <subcommand>
            """,
        discussion: """
            What is no subcommand below is a category and a command of it:

              \(Tool.name) user create --id ada name=Ada email=ada@example.com
              \(Tool.name) user change-email ada newEmail=ada@example.org --expect 1
              \(Tool.name) user show ada

            Where the daemons listen comes from --writer and --worker, else from the variables \
            DAYBOOK_WRITER_URL, DAYBOOK_WRITER_TOKEN_FILE, DAYBOOK_WORKERS and DAYBOOK_WORKER_TOKEN_FILE, else from \
            the YAML file that --config or DAYBOOK_CONFIG names.

            Shell completion: \(Tool.name) --generate-completion-script bash (or zsh, or fish).

            Exit codes:
            \(ExitStatus.help)
            """,
        version: DaybookVersion.line(of: Tool.name),
        subcommands: [
            SendCommand.self, StreamCommand.self, StreamsCommand.self, EventsCommand.self, LogCommand.self,
            ProjectionsCommand.self, ParkedCommand.self, UnreadableCommand.self, VerifyCommand.self,
            VerifyHistoryCommand.self, HeadCommand.self, ExportCommand.self, ImportCommand.self, BackupCommand.self,
            RestoreCommand.self, ForgetCommand.self, SchemaCommand.self, CategoryCommand.self,
        ],
        defaultSubcommand: CategoryCommand.self)

    // The subcommands take over what is parsed here, so that these options may stand before their names too.
    @OptionGroup var global: GlobalOptions

    /// The domain that the commands which read stores or describe events know, see ``Domain``. Set it before the
    /// `main()` of a root command of your own.
    public static var domain: Domain {
        get { Domain.current }
        set { Domain.current = newValue }
    }

    /// A command without arguments yet.
    public init() {}

    /// Runs the tool with the arguments of the process. On failure ends the process with the status of `ExitStatus`.
    public static func main() async {
        // Where nobody reads any more, a write fails instead, and the command ends in good order.
        signal(SIGPIPE, SIG_IGN)
        await Tool.reportEnd()
        do {
            guard Tool.hasReadableArguments else { throw ValidationError("An argument is not in UTF-8.") }
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            finish(error)
        }
    }

    /// Ends the process. Help and completion scripts arrive as errors, and would be printed without a look at whether
    /// they can be.
    private static func finish(_ error: any Error) -> Never {
        guard exitCode(for: error).isSuccess else { exit(withError: error) }
        do {
            let text = fullMessage(for: error)
            do {
                if !text.isEmpty { try Terminal.print(text) }
            } catch let error as OutputError {
                try error.end()
            }
            exit()
        } catch {
            exit(withError: error)
        }
    }

    /// Runs the tool for a domain with the arguments of the process. On failure ends the process with the status of
    /// `ExitStatus`.
    public static func main(_ domain: Domain) async {
        self.domain = domain
        await main()
    }
}
