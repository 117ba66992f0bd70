import Daybook
import DaybookAPI
import Hummingbird
import NIOCore

extension Problem {
    /// How to tell an error to the client, or `nil` for one that is none of its business.
    package init?(telling error: any Error) {
        switch error {
        case let problem as Problem:
            self = problem
        case let error as HTTPError:
            self.init(error.status, detail: error.body, headers: error.headers)
        case let error as QueryError:
            let code = error.isUnknownParameter ? ProblemCode.unknownParameter : .invalidParameter
            self.init(code: code, detail: error.description)
        case is NIOTooManyBytesError:
            self.init(code: .bodyTooLarge, detail: "the body is larger than allowed")
        case is CancellationError:
            self.init(code: .shuttingDown, detail: "the server is stopping")
        case let error as any HTTPResponseError:
            self.init(error.status)
        default:
            return nil
        }
    }

    /// The refusal of a body that is not what the request takes: 400 with the code `unknown-member`, `repeated-member` or
    /// `malformed-body`.
    public init(malformedBody error: any Error) {
        switch error {
        case let error as MemberError:
            let code = if case .unknown = error { ProblemCode.unknownMember } else { ProblemCode.repeatedMember }
            self.init(
                code: code, detail: String(error.description.prefix(300)),
                members: ["member": .text(String(error.path.prefix(200)))])
        case let error as DecodingError:
            self.init(code: .malformedBody, detail: error.readable(root: "body"))
        default:
            self.init(code: .malformedBody, detail: "the body cannot be understood")
        }
    }

    /// The refusal of a line that is not what the request takes: 400 with the code `malformed-line`, and with `member`
    /// where it has one that is unknown, or there twice.
    package init(malformedLine error: any Error) {
        var members: [String: JSONData] = [:]
        let detail: String
        switch error {
        case let error as MemberError:
            members["member"] = .text(String(error.path.prefix(200)))
            detail = String(error.description.prefix(300))
        case let error as DecodingError: detail = error.readable(root: "line")
        default: detail = "the line cannot be understood"
        }
        self.init(code: .malformedLine, detail: detail, members: members)
    }

    /// What a client is told of an error that is none of its business.
    package static var internalError: Problem {
        Problem(code: .internalError, detail: "internal error")
    }

    /// What a client is told that asks for a path nothing is served at.
    static func noSuchRoute(_ request: Request) -> Problem {
        let detail = "nothing is served at \(request.method.rawValue) \(request.uri.path)"
        return Problem(code: .noSuchRoute, detail: detail)
    }
}

extension DecodingError {
    /// The place where in the document the mistake is and what it is: `items[2].name: expected String`.
    ///
    /// - Parameter root: The word for the whole document.
    fileprivate func readable(root: String) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            let steps = keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
            let path = steps.joined()
            return path.isEmpty ? root : String(path.trimmingPrefix("."))
        }
        return switch self {
        case .typeMismatch(let type, let context):
            "\(path(context.codingPath)): expected \(type)"
        case .valueNotFound(let type, let context):
            "\(path(context.codingPath)): null, expected \(type)"
        case .keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])): missing"
        case .dataCorrupted(let context):
            "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            "the \(root) cannot be understood"
        }
    }
}
