import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook events head`
struct EventsHeadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract: "Shows the identity of the log, and where the store and each partition of the log end.")

    @OptionGroup var global: GlobalOptions

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let response = try await WriterClient(at: daemons.writer, over: session).heads()
        if global.json { return try Terminal.print(response.text) }
        let head = response.document
        try Terminal.print("epoch \(head.epoch)  position \(head.position)")
        var table = Table([.init(title: "PARTITION"), .init(title: "OFFSET", isNumber: true)])
        try table.print(head.partitions.map { [$0.partition.description, $0.offset.description] })
    }
}
