import DaybookWriter

/// A writer for tests. One part of its domain ends the process: a vase that adds up the strength of each knock without a
/// look at the sum, unless `FRAGILE_MENDED` is set. The other part is a box that keeps any value.
@main struct FragileWriter {
    static func main() async {
        await WriterDaemon.main(
            name: "fragile-writer", aggregates: [CommandHandler(Vase.self), CommandHandler(Box.self)])
    }
}
