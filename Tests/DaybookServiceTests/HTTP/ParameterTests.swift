import Daybook
import DaybookService
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite struct `Query parameters` {
    private let parameters: RouteParameters = [
        "/hello": [QueryParameter("times", .number(1...3), purpose: "how often")]
    ]

    @Test(arguments: [
        ("/hello?times=3", 200, nil), ("/hello?", 200, nil), ("/hello?ti%6Des=%33", 200, nil),
        ("/hello?times=3&emial=x", 400, "unknown-parameter"), ("/hello?emial", 400, "unknown-parameter"),
        ("/hello?Times=3", 400, "unknown-parameter"), ("/hello?times=4", 400, "invalid-parameter"),
        ("/hello?times=1&times=1", 400, "invalid-parameter"), ("/hello?times=1&t%69mes=2", 400, "invalid-parameter"),
        ("/hello?times=%zz", 400, "malformed-target"), ("/hello?times=%FF", 400, "malformed-target"),
        ("/nowhere?times=3", 404, "no-such-route"), ("/health/live?x=1", 400, "unknown-parameter"),
        ("/metrics?x=1", 400, "unknown-parameter"), ("/mishap?x=1", 400, "unknown-parameter"),
    ])
    func `are those of the route, each once`(uri: String, status: Int, code: String?) async throws {
        try await withDaemon(parameters: parameters) { client in
            for method in [HTTPRequest.Method.get, .head] {
                let response = try await client.execute(uri: uri, method: method)
                #expect(response.status.code == status)
                #expect(method == .head || response.problem == code)
            }
        }
    }

    @Test func `are not taken by a command, which does nothing then`() async throws {
        try await withDaemon(parameters: ["/echo/{name}": [QueryParameter("times", purpose: "how often")]]) { client in
            let response = try await client.execute(uri: "/echo/ada?times=1", method: .post)
            #expect(response.problem == "unknown-parameter")
        }
    }
}
