import Daybook
import DaybookService
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore

/// Something thrown that no client should hear of.
struct Mishap: Error {
    let secret = "the password is hush"
}

/// A body that may be malformed.
struct Greeting: Decodable {
    let name: String
    let times: Int
}

extension HTTPField.Name {
    /// The test client always says it talks to localhost; this says otherwise.
    static var pretendedHost: HTTPField.Name {
        guard let name = HTTPField.Name("Pretended-Host") else { preconditionFailure("a valid name") }
        return name
    }

    static func named(_ name: String) -> HTTPField.Name? { HTTPField.Name(name) }
}

/// Runs `body` against a daemon's HTTP interface with a few routes of its own, without a socket.
func withDaemon(
    token: String? = nil, registry: PrometheusRegistry = PrometheusRegistry(), checks: [HealthCheck] = [],
    parameters: RouteParameters = [:], adding routes: (Router<BasicRequestContext>) -> Void = { _ in },
    _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let settings = try HTTPSettings(host: "127.0.0.1", port: 0, token: token)
    let router = daemonRouter(settings: settings, registry: registry, checks: checks, parameters: parameters)
    routes(router)
    router.get("hello") { _, _ in "hello" }
    router.post("echo/{name}") { request, _ in
        ByteBuffer(bytes: try await request.bodyBytes(upTo: 10))
    }
    router.post("greet") { request, _ in
        try await request.bodyJSON(Greeting.self, upTo: 100).name
    }
    router.post("poke") { request, _ -> String in
        try await request.requireEmptyBody()
        return "ouch"
    }
    router.get("names/{name}") { _, context in try context.pathParameter("name") }
    router.get("mishap") { _, _ -> String in throw Mishap() }
    router.get("stored") { _, _ in try JSONDecoder().decode(Greeting.self, from: Data("{".utf8)).name }
    router.get("gone") { _, _ -> String in throw HTTPError(.gone, message: "it was here") }
    router.get("conflict") { _, _ -> String in
        throw Problem(
            .conflict, code: "taken", title: "Taken", detail: "somebody was faster",
            members: ["version": 3, "status": "mine"], headers: [.retryAfter: "1"])
    }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let inner = httpService(router: router, settings: settings, logger: logger).responder
    let responder = CallbackResponder<BasicRequestContext> { request, context in
        var head = request.head
        if let host = head.headerFields[.pretendedHost] { head.authority = host.isEmpty ? nil : host }
        return try await inner.respond(to: Request(head: head, body: request.body), context: context)
    }
    try await Application(responder: responder, logger: logger).test(.router, body)
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The members of the JSON document in the body.
    var document: [String: any Sendable] {
        (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: any Sendable] ?? [:]
    }

    /// The problem's code, if the response is a problem document for its own status.
    var problem: String? {
        guard headers[.contentType] == "application/problem+json", document["status"] as? Int == status.code else {
            return nil
        }
        return document["code"] as? String
    }
}
