import DaybookCLI
import DaybookSQLite
import DaybookWriter
import Foundation

/// A writer for tests. One part of its domain ends the process: a vase that adds up the strength of each knock without a
/// look at the sum, unless `FRAGILE_MENDED` is set. The other part is a box that keeps any value. With `FRAGILE_TOOL` it
/// is the tool of this domain.
@main struct FragileWriter {
    static func main() async {
        if ProcessInfo.processInfo.environment["FRAGILE_TOOL"] != nil {
            await DaybookCommand.main(Domain(aggregates: [Vase.self, Box.self]))
        } else {
            await WriterDaemon.main(
                name: "fragile-writer", aggregates: [CommandHandler(Vase.self), CommandHandler(Box.self)],
                store: .sqlite)
        }
    }
}
