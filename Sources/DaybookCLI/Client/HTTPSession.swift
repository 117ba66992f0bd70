import AsyncHTTPClient
import Daybook
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A request to a daemon, without what all of them have in common.
struct Call: Sendable {
    var path: String
    /// GET, or POST where there is a body, unless it is told otherwise.
    var method: HTTPMethod?
    /// The JSON object to post.
    var body: String?
    var headers: [String: String] = [:]
    var accept = "application/json"

    /// A path of these segments under the API's root, each percent-encoded.
    static func path(_ segments: String...) -> String { segments.reduce("/v1") { "\($0)/\(encoded($1))" } }

    /// The text with everything percent-encoded that could mean something in a path or a query.
    static func encoded(_ text: String) -> String {
        let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
            .union(CharacterSet(charactersIn: "-._~"))
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}

/// Talks HTTP to daemons. Whatever goes wrong is a `ClientError`.
struct HTTPSession: Sendable {
    private let client: HTTPClient
    /// Bytes of an answer that is held as a whole, or of a line of one: more than any daemon sends.
    private static let limit = 64 << 20

    /// Runs the body with a session that lives as long.
    static func run(_ body: (HTTPSession) async throws -> Void) async throws {
        // A live tail that says nothing for this long is dead: the writer sends comments in between.
        let timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(60))
        // No redirects: a token is for the daemon named in the settings and nobody else.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        // A daemon that is not there should be reported at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            try await body(HTTPSession(client: client))
        }
    }

    /// The body of a successful response.
    func text(_ call: Call, at endpoint: Endpoint) async throws -> String {
        let response = try await send(call, to: endpoint)
        return try await read(response, from: endpoint)
    }

    /// A header of the response that a path has.
    func header(_ name: String, of path: String, at endpoint: Endpoint) async throws -> String {
        let response = try await send(Call(path: path, method: .HEAD), to: endpoint)
        guard let value = response.headers.first(name: name) else {
            throw ClientError.unexpectedAnswer(from: endpoint.title, reason: "it has no header \(name)")
        }
        return value
    }

    /// Hands over the lines of a successful response as they arrive, for as long as they do.
    func lines(_ call: Call, at endpoint: Endpoint, take: (String) async throws -> Void) async throws {
        let body = try await send(call, to: endpoint).body
        var lines = LineSplitter(limit: Self.limit)
        var chunks = body.makeAsyncIterator()
        while let chunk = try await reporting(endpoint, { try await chunks.next() }) {
            lines.append(chunk.readableBytesView)
            while let line = lines.next() { try await take(String(decoding: line, as: UTF8.self)) }
            guard !lines.isTooLong else {
                throw ClientError.unexpectedAnswer(from: endpoint.title, reason: "a line has no end")
            }
        }
        if let last = lines.finish() { try await take(String(decoding: last, as: UTF8.self)) }
    }

    private func send(_ call: Call, to endpoint: Endpoint) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: endpoint.url + call.path)
        request.headers.add(name: "Accept", value: call.accept)
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        if let token = endpoint.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = call.body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        if let method = call.method { request.method = method }
        let response = try await reporting(endpoint) { try await client.execute(request, deadline: .distantFuture) }
        guard (200..<300).contains(response.status.code) else {
            let body = try await read(response, from: endpoint)
            throw ClientError(status: Int(response.status.code), body: body, from: endpoint.title)
        }
        return response
    }

    private func read(_ response: HTTPClientResponse, from endpoint: Endpoint) async throws -> String {
        let body = try await reporting(endpoint) { try await response.body.collect(upTo: Self.limit) }
        return String(buffer: body)
    }

    private func reporting<Value>(_ endpoint: Endpoint, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as CancellationError {
            throw error
        } catch is NIOTooManyBytesError {
            throw ClientError.unexpectedAnswer(from: endpoint.title, reason: "it is too long")
        } catch {
            throw ClientError.unreachable(from: endpoint.title, reason: reason(of: error))
        }
    }
}

/// The part of a network error that means something to an operator.
private func reason(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError: error.connectionErrors.first.map { reason(of: $0.error) } ?? "\(error)"
    case let error as IOError: String(cString: strerror(error.errnoCode))
    default: String(describing: error)
    }
}
