import Daybook
import DaybookAPI
import DaybookClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

/// The answer of a stub to each request.
typealias StubAnswer = @Sendable (StubRequest) throws -> Response

/// A request as a stub received it.
struct StubRequest: Sendable {
    let method: String
    /// The path and the query as they were sent.
    let target: String
    /// Values by names in lower case.
    let headers: [String: String]
    let body: String

    /// The path as it was sent.
    var path: String { String(target.prefix { $0 != "?" }) }

    /// The parameters of the query, decoded.
    var parameters: [String: String] {
        let query = target.dropFirst(path.count + 1)
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.removingPercentEncoding ?? "" }
            return (parts[0], parts.count == 2 ? parts[1] : "")
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

/// A daemon on a socket of this process, which answers as a test says, and the clients of it.
struct StubDaemon: Sendable {
    let endpoint: DaemonEndpoint
    let session: DaemonSession
    private let log: RequestLog

    /// The requests so far.
    var requests: [StubRequest] { log.requests.withLock { $0 } }

    /// A client that waits for a millisecond between attempts.
    var writer: WriterClient {
        let retries = RetryPolicy(attempts: 3, shortestWait: .milliseconds(1), longestWait: .seconds(1))
        return WriterClient(at: endpoint, over: session, retries: retries)
    }

    var worker: WorkerClient { WorkerClient(at: endpoint, over: session) }

    /// Runs `body` with a daemon that gives these answers.
    static func run<Value: Sendable>(
        answering answer: @escaping StubAnswer,
        _ body: @Sendable (StubDaemon) async throws -> Value
    ) async throws -> Value {
        let log = RequestLog()
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let fields = request.headers.map { ($0.name.canonicalName, $0.value) }
            let received = StubRequest(
                method: request.method.rawValue, target: request.head.path ?? "",
                headers: Dictionary(fields) { first, _ in first }, body: String(buffer: bytes))
            log.requests.withLock { $0.append(received) }
            return try answer(received)
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await Application(responder: responder, logger: logger).test(.live) { client in
            let port = try #require(client.port)
            let endpoint = try DaemonEndpoint(name: "stub", url: "http://127.0.0.1:\(port)", token: "secret")
            return try await DaemonSession.run { session in
                try await body(StubDaemon(endpoint: endpoint, session: session, log: log))
            }
        }
    }
}

private final class RequestLog: Sendable {
    let requests = Mutex<[StubRequest]>([])
}

extension Response {
    /// A response with a text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A response with a document.
    static func document(_ document: some APIDocument) throws -> Response { .text(try json(document)) }

    /// A response with a document a line.
    static func lines<Document: APIDocument>(_ documents: [Document]) throws -> Response {
        .text(try documents.map { try json($0) + "\n" }.joined())
    }

    /// A refusal.
    static func problem(_ problem: ProblemDocument, headers: HTTPFields = [:]) throws -> Response {
        .text(try json(problem), status: HTTPResponse.Status(code: problem.status), headers: headers)
    }

    /// A response that breaks off after a text.
    static func brokenOff(after text: String) -> Response {
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: text))
            throw BreakOff()
        }
        return Response(status: .ok, body: body)
    }
}

private struct BreakOff: Error {}

/// A document in JSON.
func json(_ document: some APIDocument) throws -> String {
    String(decoding: try JSON.encode(document), as: UTF8.self)
}
