import Foundation

/// Why a daemon's answer is not the one asked for.
enum ClientError: Error, Equatable, CustomStringConvertible {
    /// The daemon answered with a status that is no success.
    case problem(status: Int, detail: String, code: String?)
    /// No answer, or only the beginning of one.
    case unreachable(from: String, reason: String)
    /// The answer is not what this program understands.
    case unexpectedAnswer(from: String, reason: String)

    /// The error told by a response's body, which need not be a problem document: a proxy may have answered.
    init(status: Int, body: String, from daemon: String) {
        let document = try? JSONDecoder().decode(ProblemDocument.self, from: Data(body.utf8))
        let detail = document?.detail ?? document?.title ?? "\(daemon) answered with status \(status)"
        let code = document?.code.map { printable($0) }
        self = .problem(status: status, detail: printable(detail), code: code)
    }

    var description: String {
        switch self {
        case .problem(let status, let detail, let code): "\(detail) (\(code ?? "HTTP \(status)"))"
        case .unreachable(let daemon, let reason): "\(daemon) cannot be reached: \(reason) (unreachable)"
        case .unexpectedAnswer(let daemon, let reason):
            "\(daemon) gave an unexpected answer: \(reason) (unexpected-answer)"
        }
    }

    var exitStatus: ExitStatus {
        switch self {
        case .problem(let status, _, _): ExitStatus(httpStatus: status)
        case .unreachable: .unavailable
        case .unexpectedAnswer: .failure
        }
    }
}

private struct ProblemDocument: Decodable {
    let title: String?
    let detail: String?
    let code: String?
}
