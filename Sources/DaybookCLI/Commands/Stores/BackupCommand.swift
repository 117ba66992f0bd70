import ArgumentParser
import Daybook
import DaybookSQLite

/// `daybook backup`
struct BackupCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies a store whole, also while its writer runs.",
        discussion: """
            Everything that was answered before it begins is in the copy. It is one file, flushed to the disk; what \
            fails leaves nothing behind. `\(Tool.name) restore` makes a store of it. It prints the head of the copy.
            """)

    @Argument(help: ArgumentHelp("The store's file.", valueName: "store"), completion: .file())
    var store: String

    @Argument(help: ArgumentHelp("The file to make.", valueName: "copy"), completion: .file())
    var copy: String

    @Flag(help: "Prove that the copy is as it was written, as `\(Tool.name) verify` does.")
    var verify = false

    @OptionGroup var global: GlobalOptions

    func work() async throws {
        try requireFile(store)
        let head = try StoreBackup(of: store).write(to: copy, verifies: verify) { position, last in
            try showProgress(position.rawValue, of: last.rawValue)
        }
        let report: JSONData = ["head": "\(head)", "isVerified": .boolean(verify)]
        try Terminal.print(global.json ? report.line : "copied, head \(head)")
    }
}
