import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct `A problem document` {
    @Test func `tells a problem with all its members and headers`() async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/conflict", method: .get)
            #expect(response.status == .conflict)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(response.headers[.retryAfter] == "1")
            let expected = """
                {"code":"taken","detail":"somebody was faster","status":409,"title":"Taken",\
                "type":"urn:daybook:problem:taken","version":3}
                """
            #expect(response.text == expected)
        }
    }

    @Test func `tells an error of the framework by its status`() async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/gone", method: .get)
            #expect(response.status == .gone)
            let expected = #"{"detail":"it was here","status":410,"title":"Gone","type":"about:blank"}"#
            #expect(response.text == expected)
        }
    }

    @Test func `tells nothing of an error that is nobody's business`() async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/mishap", method: .get)
            #expect(response.status == .internalServerError)
            #expect(response.problem == "internal-error")
            #expect(!response.text.contains("hush"))
        }
    }

    @Test func `takes what is stored and cannot be read for no fault of the client`() async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/stored", method: .get)
            #expect(response.status == .internalServerError && response.problem == "internal-error")
        }
    }

    @Test(arguments: [
        (#"{"name":"x"}"#, "times: missing"), (#"{"name":"x","times":"y"}"#, "times: expected Int"),
        (#"{"name":"x","times":null}"#, "times: null, expected Int"), ("{", "body: "),
    ])
    func `tells where a body is malformed`(body: String, detail: String) async throws {
        try await withDaemon { client in
            let response = try await client.execute(
                uri: "/greet", method: .post, body: ByteBuffer(string: body))
            #expect(response.status == .badRequest)
            #expect(response.problem == "malformed-body")
            #expect((response.document["detail"] as? String)?.hasPrefix(detail) == true, "\(response.text)")
        }
    }

    @Test(arguments: [
        ("/greet", #"{"name":"x","times":1,"mood":"good"}"#, "unknown-member"),
        ("/greet", #"{"name":"x","name":"y","times":1}"#, "repeated-member"),
        ("/poke", #"{"hard":true}"#, "unknown-member"), ("/poke", "[]", "malformed-body"),
    ])
    func `tells that a body says what has no meaning`(path: String, body: String, code: String) async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: path, method: .post, body: ByteBuffer(string: body))
            #expect(response.status == .badRequest && response.problem == code, "\(response.text)")
            for empty in ["", "{}"] where path == "/poke" {
                let fine = try await client.execute(uri: path, method: .post, body: ByteBuffer(string: empty))
                #expect(fine.text == "ouch")
            }
        }
    }

    @Test func `answers a path that nobody serves`() async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/nowhere?x=1", method: .get)
            #expect(response.status == .notFound)
            #expect(response.problem == "no-such-route")
            #expect(response.document["detail"] as? String == "nothing is served at GET /nowhere")
        }
    }

    @Test(arguments: [
        ("/hello", HTTPRequest.Method.post, "GET, HEAD"), ("/echo/x", .get, "POST"),
        ("/health/live", .delete, "GET, HEAD"),
    ])
    func `answers a method that the path is not served with`(
        path: String, method: HTTPRequest.Method, allowed: String
    ) async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: path, method: method)
            #expect(response.status == .methodNotAllowed)
            #expect(response.problem == "method-not-allowed")
            #expect(response.headers[.allow] == allowed)
        }
    }

    @Test(arguments: ProblemCode.allCases) func `has the status of its code, and a title`(code: ProblemCode) {
        let problem = Problem(code: code, detail: "this time")
        #expect(problem.status.code == code.status.rawValue && problem.code == code.rawValue)
        #expect(!problem.title.isEmpty && problem.document.detail == "this time")
    }

    @Test func `answers a body that is too large, and takes one that just fits`() async throws {
        try await withDaemon { client in
            let fits = try await client.execute(uri: "/echo/x", method: .post, body: ByteBuffer(string: "0123456789"))
            #expect(fits.text == "0123456789")
            let response = try await client.execute(
                uri: "/echo/x", method: .post, body: ByteBuffer(string: "0123456789A"))
            #expect(response.status == .contentTooLarge)
            #expect(response.problem == "body-too-large")
            #expect(response.document["limit"] as? Int == 10)
        }
    }

    @Test func `answers a body that turns out to be too large only while it is read`() async throws {
        let head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/")
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: "0123")))
        let problem = await #expect(throws: Problem.self) { try await request.bodyBytes(upTo: 3) }
        #expect(problem?.status == .contentTooLarge && problem?.code == "body-too-large")
    }

    @Test func `has no body when only the head is asked for`() async throws {
        try await withDaemon { client in
            let there = try await client.execute(uri: "/hello", method: .head)
            #expect(there.status == .ok && there.text.isEmpty)
            let missing = try await client.execute(uri: "/nowhere", method: .head)
            #expect(missing.status == .notFound && missing.text.isEmpty)
        }
    }
}
