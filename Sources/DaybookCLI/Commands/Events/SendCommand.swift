import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook send`
struct SendCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends commands from a file, one a line, and prints the responses as they come.",
        discussion: """
            A line is a JSON object:

              {"category":"user","id":"ada","command":"change-email","body":{"newEmail":"ada@example.org"}}

            It may have ref, expectedVersion, exists, idempotencyKey, actor, correlationId, causationId, metadata, \
            traceparent and lenient too. Commands to one stream are carried out in the order of their lines, others at \
            the same time. The responses come in the order in which they are done. A refused line stops no other.

            The exit status is 0 when all of them were taken. When some were refused it is that of the refusals, or \
            \(ExitStatus.failure.rawValue) where those differ. Commands with an idempotencyKey can be sent again: what \
            was carried out has the first response again.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("The commands, or - for standard input.", valueName: "file"), completion: .file())
    var file: String

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let input = try InputPieces(of: file)
        defer { input.close() }
        var tally = SendTally()
        for try await response in WriterClient(at: daemons.writer, over: session).responses(toLines: input) {
            tally.add(response.document)
            try Terminal.print(global.json ? response.text : printable(Self.text(of: response.document)))
        }
        guard let status = tally.exitStatus else { return }
        Terminal.complain("\(tally.refused) of \(tally.all) commands were refused")
        throw ExitCode(status.rawValue)
    }

    /// A response as a line for people.
    static func text(of response: BatchResponse) -> String {
        let words: [String?]
        switch response {
        case .result(let result):
            let done = result.response
            let position = done.position.map { "position \($0)" } ?? "nothing changed"
            words = ["\(result.line)", result.ref, done.id, "version \(done.version)", position]
        case .problem(let refused):
            let problem = refused.problem
            let reason = "\(problem.detail ?? problem.title) (\(problem.code ?? "HTTP \(problem.status)"))"
            words = [refused.line.map { String($0) }, refused.ref, reason]
        }
        return words.compactMap(\.self).joined(separator: "  ")
    }
}

/// Counts the responses to a batch.
struct SendTally {
    private(set) var all = 0
    private(set) var refused = 0
    private var statuses: Set<ExitStatus> = []

    mutating func add(_ response: BatchResponse) {
        all += 1
        guard case .problem(let problem) = response else { return }
        refused += 1
        statuses.insert(ExitStatus(httpStatus: problem.status))
    }

    /// The status that the tool exits with; `nil` when nothing was refused.
    var exitStatus: ExitStatus? { statuses.count > 1 ? .failure : statuses.first }
}
