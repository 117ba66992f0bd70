import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook forget`
struct ForgetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Destroys the personal data of a stream, for good.",
        discussion: """
            The writer destroys the key under which they are stored, so that the events stay, and the proof of their \
            history, but nobody can read the data any more. Then it is seen that every generation of every read model, \
            and every reaction, has erased what it had. What remains somewhere is listed, and exits with 75; say it \
            again once that is removed.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The stream, such as user-ada.", valueName: "stream"))
    var stream: String

    @Option(help: ArgumentHelp("How long to wait for the read models.", valueName: "seconds"))
    var wait = 60

    func validate() throws {
        do { _ = try StreamName(stream) } catch { throw ValidationError("\(error)") }
        guard wait >= 0 else { throw ValidationError("--wait takes seconds, 0 or more.") }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let name = try StreamName(stream)
        let forgotten = try await WriterClient(at: daemons.writer, over: session).forget(name).document
        var remains = forgotten.remains
        if let text = forgotten.token {
            guard let token = WriteToken(text) else {
                throw DaybookClientError.unexpectedResponse(daemon: "\(daemons.writer)", reason: "no token: \(text)")
            }
            let end = ContinuousClock.now + .seconds(wait)
            remains += await Self.remains(at: daemons.workers, until: end) { worker in
                let projections = try await WorkerClient(at: worker, over: session).projections().document.projections
                return projections.flatMap { $0.remains(of: token) }
            }
        }
        try show(name, forgotten, remains)
        if !remains.isEmpty { throw ExitCode(ExitStatus.conflict.rawValue) }
    }

    /// Waits until workers have nothing left of it, or the time has come. All are asked in turn, since one may wait for
    /// what another one feeds, which looks for more when it is asked.
    static func remains(
        at workers: [DaemonEndpoint], until end: ContinuousClock.Instant,
        ask: (DaemonEndpoint) async throws -> [String]
    ) async -> [String] {
        var asked = workers
        var failures: [String] = []
        while true {
            var remains: [String] = []
            for worker in asked {
                do { remains += try await ask(worker) } catch {
                    failures.append("worker \(worker.name) could not be asked: \(error)")
                    asked.removeAll { $0.name == worker.name }
                }
            }
            if remains.isEmpty || ContinuousClock.now > end { return remains + failures }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func show(_ stream: StreamName, _ forgotten: ForgettingResponse, _ remains: [String]) throws {
        if global.json {
            let report: JSONData = [
                "stream": .text(stream.description), "version": .integer(forgotten.version.rawValue),
                "unreadableEvents": .integer(forgotten.store.unreadableEvents),
                "remains": .array(remains.map { .text($0) }),
            ]
            return try Terminal.print(report.line)
        }
        let events = forgotten.store.unreadableEvents
        let line = "\(stream)  version \(forgotten.version)  \(events) events that nobody can read any more"
        try Terminal.print(printable(line))
        for line in remains { try Terminal.print(printable("  remains: \(line)")) }
    }
}

extension ForgettingResponse {
    /// A line for each part of the store that may still have the personal data.
    fileprivate var remains: [String] {
        var remains: [String] = []
        if store.plainEvents > 0 {
            remains.append(
                "\(store.plainEvents) events of the store, which are from before it had a key file, or from before "
                    + "their data were declared personal")
        }
        if !store.isLogEmptied {
            remains.append(
                "the store's write-ahead log, which a reader holds, or the journal of its key file, which could not be "
                    + "overwritten")
        }
        if token == nil { remains.append("whatever read models have: the domain publishes nothing of it") }
        return remains
    }
}
