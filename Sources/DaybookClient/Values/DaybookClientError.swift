import Daybook
public import DaybookAPI

/// The reason why a call to a daemon has no result.
public enum DaybookClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The endpoint cannot be one of a daemon. Nothing was sent.
    case invalidEndpoint(reason: String)
    /// The request has a value that HTTP cannot carry. Nothing was sent.
    case invalidRequest(reason: String)
    /// The daemon refused the request. `retryAfter` is the time that it asks its clients to wait before the next
    /// attempt, also where it names a date; `nil` when it names neither.
    case problem(ProblemDocument, retryAfter: Duration?)
    /// No response came, or only the beginning of one. The daemon may have done what it was asked for all the same.
    case unreachable(daemon: String, reason: String)
    /// The response is none of the HTTP interface.
    case unexpectedResponse(daemon: String, reason: String)

    /// The status of the response that refused the request; `nil` for any other error.
    public var status: Int? {
        guard case .problem(let problem, _) = self else { return nil }
        return problem.status
    }

    /// The stable code of the problem, such as `version-mismatch`; `nil` for any other error, and for a problem
    /// without one.
    public var code: String? {
        guard case .problem(let problem, _) = self else { return nil }
        return problem.code
    }

    /// The same as one of the codes of the interface; `nil` for any other error, and for a code of a domain.
    public var knownCode: ProblemCode? {
        guard let code = code.flatMap({ ProblemCode(rawValue: $0) }), code.status.rawValue == status else { return nil }
        return code
    }

    /// The reason and a code in parentheses. Texts of a daemon are in it as they came.
    public var description: String {
        switch self {
        case .invalidEndpoint(let reason), .invalidRequest(let reason): reason
        case .problem(let problem, _):
            "\(problem.detail ?? problem.title) (\(problem.code ?? "HTTP \(problem.status)"))"
        case .unreachable(let daemon, let reason): "\(daemon) cannot be reached: \(reason) (unreachable)"
        case .unexpectedResponse(let daemon, let reason):
            "\(daemon) gave an unexpected answer: \(reason) (unexpected-answer)"
        }
    }
}

extension DaybookClientError {
    /// The refusal in a response. Its body need not be a whole problem document, as a proxy may have answered.
    init(refusedWith status: Int, body: [UInt8], retryAfter: Duration?, by daemon: String) {
        var problem = (try? JSON.decode(ProblemDocument.self, from: body)) ?? Self.document(in: body, status, daemon)
        problem.status = status
        self = .problem(problem, retryAfter: retryAfter)
    }

    /// The problem as far as a body tells it: all members of a problem document are optional (RFC 9457).
    private static func document(in body: [UInt8], _ status: Int, _ daemon: String) -> ProblemDocument {
        let value = try? JSON.decode(JSONData.self, from: body)
        func text(_ name: String) -> String? {
            guard case .object(let members)? = value, case .text(let text)? = members[name] else { return nil }
            return text
        }
        return ProblemDocument(
            status: status, code: text("code"), title: text("title") ?? "\(daemon) answered with status \(status)",
            detail: text("detail"))
    }
}
