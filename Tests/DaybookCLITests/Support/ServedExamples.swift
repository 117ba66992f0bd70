import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

/// A writer and a worker on one socket of this process. They answer each operation with the example of its response,
/// unless a call of the tool says something else.
final class ServedExamples: Sendable {
    private struct State {
        var call: ToolCall
        var requests: [String] = []
    }

    private let state = Mutex(State(call: ToolCall(arguments: [])))

    /// Runs `body` with a daemon and its URL.
    static func run<Value: Sendable>(
        _ body: @Sendable (_ daemon: ServedExamples, _ url: String) async throws -> Value
    ) async throws -> Value {
        let daemon = ServedExamples()
        let router = Router(context: BasicRequestContext.self, options: [.autoGenerateHeadEndpoints])
        for operation in operations {
            router.serve(operation) { request, _ in try await daemon.response(to: request, for: operation) }
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await Application(router: router, logger: logger).test(.live) { client in
            let port = try #require(client.port)
            return try await body(daemon, "http://127.0.0.1:\(port)")
        }
    }

    private static let operations =
        WriterAPI.operations + WorkerAPI.operations + [
            WriterAPI.state(in: "user"), WriterAPI.forgetting(in: "user"), WriterAPI.command(in: "user"),
            // The command shares the name with the id above, as they stand in one place.
            WriterAPI.creation(in: "user").replacing("command", with: "{id}"),
        ]

    /// Begins to answer the requests of a call.
    func begin(_ call: ToolCall) { state.withLock { $0 = State(call: call) } }

    /// The requests since the call began.
    var requests: [String] { state.withLock { $0.requests } }

    // MARK: Requests

    private func response(to request: Request, for operation: DaybookAPI.Operation) async throws -> Response {
        let body = String(buffer: try await request.body.collect(upTo: 1 << 20))
        let text = Self.text(of: request, with: body)
        let call = state.withLock { state in
            state.requests.append(text)
            return state.call
        }
        if text == call.refused {
            let problem = ProblemDocument(
                status: call.refusal, code: "such-a-code", title: "Refused", detail: "it is refused")
            let status = HTTPResponse.Status(code: call.refusal)
            return Self.response(try ToolRows.json(problem), status: status)
        }
        let type = request.headers[.accept]
        let answer = try call.answers[text] ?? Self.example(of: operation, as: type)
        return Self.response(answer, status: .ok)
    }

    /// A request as a line: its method, its target, its body, and the headers that make a condition or a scope.
    private static func text(of request: Request, with body: String) -> String {
        var words = [request.method.rawValue, request.head.path ?? ""]
        if !body.isEmpty { words.append(body) }
        for header in [APIHeader.ifMatch, .idempotencyKey, .actor] {
            guard let name = HTTPField.Name(of: header), let value = request.headers[name] else { continue }
            words.append("\(header.rawValue): \(value)")
        }
        return words.joined(separator: " ")
    }

    // MARK: Responses

    private static func response(_ body: String, status: HTTPResponse.Status) -> Response {
        let head = HeadResponse.example
        let values: [APIHeader: String] = [.epoch: "\(head.epoch)", .head: "\(head.position)"]
        var headers: HTTPFields = [:]
        for (header, value) in values {
            if let name = HTTPField.Name(of: header) { headers[name] = value }
        }
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private static func example(of operation: DaybookAPI.Operation, as type: String?) throws -> String {
        switch operation.path {
        case WorkerAPI.rows.path: return try ToolRows.rows(endingWith: .example)
        // The example of a page says that another one follows.
        case WorkerAPI.parked.path, WorkerAPI.parkedOfStream.path: return try ToolRows.lastParkedPage()
        default:
            let contents = operation.responses[200]?.contents ?? []
            let content = contents.first { $0.mediaType.rawValue == type } ?? contents.first
            return try content?.example()?.line ?? ""
        }
    }
}
