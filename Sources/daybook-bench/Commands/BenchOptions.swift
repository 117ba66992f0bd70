import ArgumentParser
import DaybookService
import Foundation
import Glibc
import UnixSignals

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
