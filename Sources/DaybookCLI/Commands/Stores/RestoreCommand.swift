import ArgumentParser
import Daybook
import DaybookSQLite

/// `daybook restore`
struct RestoreCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a store of a backup, under a new epoch.",
        discussion: """
            The backup is verified first, and not changed. The store that it takes the place of must have been moved \
            away, with the files whose names begin with its. What fails leaves nothing behind.

            The new epoch tells the workers that this is another log: each stops until its read model is rebuilt, \
            instead of taking the one log for the other.
            """)

    @Argument(help: ArgumentHelp("The file of the backup.", valueName: "backup"), completion: .file())
    var backup: String

    @Argument(help: ArgumentHelp("The file to make.", valueName: "store"), completion: .file())
    var store: String

    @OptionGroup var global: GlobalOptions

    func work() async throws {
        try requireFile(backup)
        let restored = try StoreRestore(to: store).run(from: backup) { position, last in
            try showProgress(position.rawValue, of: last.rawValue)
        }
        try show(restored, "restored")
    }
}

extension StoreCommand {
    /// Says what a new store is, and what to do next.
    func show(_ new: NewStore, _ what: String) throws {
        if global.json {
            let report: JSONData = [
                "epoch": "\(new.epoch)", "previousEpoch": "\(new.previousEpoch)", "head": "\(new.head)",
            ]
            return try Terminal.print(report.line)
        }
        try Terminal.print(
            """
            \(what), head \(new.head)
            its epoch is \(new.epoch), and was \(new.previousEpoch)
            next: start its writer, then rebuild each read model: \(Tool.name) projections rebuild NAME --wait
            """)
    }
}
