import Daybook
import DaybookService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct `The path of a request` {
    @Test(arguments: [
        ("/names/ada", "ada"), ("/n%61mes/%61da", "ada"), ("/names/a%7Eb", "a~b"), ("/names/a%7eb", "a~b"),
        ("/names/a%2Fb", "a/b"), ("/names/a+b", "a+b"), ("/names/a%2Bb%20c", "a+b c"), ("/names/%C3%BC", "ü"),
        // Once only.
        ("/names/%2561", "%61"), ("/names/%25%36%31", "%61"), ("/names/%252F", "%2F"), ("/names/a%3Fb%23", "a?b#"),
    ])
    func `is decoded once, segment by segment`(target: String, name: String) async throws {
        try await withDaemon { client in
            let answer = try await client.execute(uri: target, method: .get)
            #expect(answer.status == .ok && answer.text == name)
        }
    }

    @Test(arguments: [
        "/names/%", "/names/%4", "/names/%zz", "/names/%%361", "/names/%ff", "/hello?x=%+1", "/hello?%c3=1",
        "/names/\u{FFFD}", "/hello?x=\u{FFFD}",
    ])
    func `is refused when it is malformed, and so is the query`(target: String) async throws {
        try await withDaemon { client in
            let answer = try await client.execute(uri: target, method: .get)
            #expect(answer.status == .badRequest && answer.problem == "malformed-target")
        }
    }

    @Test(arguments: ["//hello", "/hello/", "/names//ada", "/names/ada/", "/names//"])
    func `leads nowhere with an empty segment`(target: String) async throws {
        try await withDaemon { client in
            let answer = try await client.execute(uri: target, method: .get)
            #expect(answer.status == .notFound && answer.problem == "no-such-route")
        }
    }

    @Test func `opens nothing by its spelling`() async throws {
        try await withDaemon(token: "sesame") { client in
            for target in [
                "/he%6Clo", "/health/..%2Fhello", "/health/%2E%2E/hello", "/health%2Flive/../hello", "//hello",
            ] {
                let answer = try await client.execute(uri: target, method: .get)
                #expect(answer.status == .unauthorized || answer.status == .notFound)
                #expect(answer.text.contains("hello") == answer.text.contains("nothing is served"))
            }
            #expect(try await client.execute(uri: "/he%61lth/l%69ve", method: .get).status == .ok)
        }
    }

    @Test func `names the same aggregate however it is spelled`() async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            #expect(try await client.send("gr%61ce/s%65nd", #"{"to":{"street":"s"}}"#).status == .ok)
            let answer = try await client.execute(uri: "/v1/p%61rcel/grace", method: .get)
            #expect(answer.document["id"] as? String == "grace" && answer.document["version"] as? Int == 1)
            #expect(try await client.send("a%20b/lose").problem == "invalid-id")
        }
    }

    @Test(arguments: ["/send", "1//send", "1/send/", "send/"])
    func `makes no aggregate when an id is empty`(path: String) async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let answer = try await client.send(path, #"{"to":{"street":"s"}}"#)
            #expect(answer.status == .notFound && answer.problem == "no-such-route")
        }
        #expect(try await store.head() == .zero)
    }
}
