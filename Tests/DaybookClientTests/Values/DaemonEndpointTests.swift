import DaybookClient
import Testing

@Suite struct `The endpoint of a daemon` {
    @Test(
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1:8080 at http://127.0.0.1:8080"),
            ("https://daybook.example.com///", "daybook.example.com at https://daybook.example.com"),
            ("HTTP://localhost/api/", "localhost at HTTP://localhost/api"),
        ] as [(String, String)])
    func `has the name of its host, and no slash at its end`(url: String, description: String) throws {
        #expect(try DaemonEndpoint(url: url).description == description)
    }

    @Test(arguments: [
        "", "localhost:8080", "ftp://localhost", "http://", "http://user@localhost", "http://localhost?a=b",
        "http://localhost#a",
    ])
    func `is no other URL`(url: String) {
        let error = #expect(throws: DaybookClientError.self) { try DaemonEndpoint(url: url) }
        guard case .invalidEndpoint? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["a b", "a\n", "ü"]) func `refuses a token that no header carries, and does not repeat it`(
        token: String
    ) {
        let error = #expect(throws: DaybookClientError.self) { try DaemonEndpoint(url: "http://a", token: token) }
        #expect(error?.description == "a: the token has a character that no token may have")
    }

    @Test func `keeps its token out of messages`() throws {
        let endpoint = try DaemonEndpoint(name: "writer", url: "http://a", token: "secret")
        #expect("\(endpoint)" == "writer at http://a")
    }
}
