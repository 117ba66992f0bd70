import DaybookService
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite struct `A server without a token` {
    @Test(arguments: ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"])
    func `answers whoever calls it by a name of this machine`(host: String) async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/hello", method: .get, headers: [.pretendedHost: host])
            #expect(response.status == .ok)
            #expect(response.text == "hello")
        }
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "localhost:evil", "127.0.0.1.evil.example", "127.0.0.1:99999",
        "10.0.0.1", "::1", "",
    ])
    func `refuses a foreign host`(host: String) async throws {
        try await withDaemon { client in
            for path in ["/hello", "/health/live", "/metrics", "/nowhere"] {
                let response = try await client.execute(uri: path, method: .get, headers: [.pretendedHost: host])
                #expect(response.status == .forbidden)
                #expect(response.problem == "foreign-host")
            }
        }
    }

    @Test(arguments: ["https://evil.example", "null", "http://localhost.evil.example", "file://localhost", "localhost"])
    func `refuses a foreign origin`(origin: String) async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/hello", method: .get, headers: [.origin: origin])
            #expect(response.status == .forbidden)
            #expect(response.problem == "foreign-origin")
        }
    }

    @Test(arguments: ["http://localhost:3000", "https://127.0.0.1", "HTTP://[::1]:80"])
    func `answers a page of this machine`(origin: String) async throws {
        try await withDaemon { client in
            let response = try await client.execute(uri: "/hello", method: .get, headers: [.origin: origin])
            #expect(response.status == .ok)
        }
    }

    @Test(arguments: ["0.0.0.0", "::", "10.0.0.1", "example.org", "127.0.0.1.example.org", ""])
    func `does not listen where others can reach it`(host: String) {
        let error = ConfigurationError("http.host \(host) is not loopback: http.token-file is required with it")
        #expect(throws: error) { try HTTPSettings(host: host, port: 0, token: nil) }
        #expect(throws: Never.self) { try HTTPSettings(host: host, port: 0, token: "t") }
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    func `listens on loopback`(host: String) throws {
        #expect(try HTTPSettings(host: host, port: 1, token: nil).host == host)
    }
}

@Suite struct `A server with a token` {
    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer wrong", "Bearer sesam2", "Basic sesame", "sesame", "Bearer s",
        "Bearer sesam", "Bearer sesamesesame", "Bearer sesames", "Bearer sesame x", "Bearer SESAME",
    ])
    func `refuses whoever does not carry it`(authorization: String?) async throws {
        try await withDaemon(token: "sesame") { client in
            var headers = HTTPFields()
            headers[.authorization] = authorization
            for path in ["/hello", "/metrics", "/nowhere", "/health", "/healthy"] {
                let response = try await client.execute(uri: path, method: .get, headers: headers)
                #expect(response.status == .unauthorized)
                #expect(response.problem == "unauthorized")
                #expect(response.headers[.wwwAuthenticate] == "Bearer")
            }
        }
    }

    @Test(arguments: ["Bearer sesame", "bearer sesame"])
    func `answers whoever carries it, from wherever`(authorization: String) async throws {
        try await withDaemon(token: "sesame") { client in
            let headers: HTTPFields = [
                .authorization: authorization, .pretendedHost: "daybook.example", .origin: "https://daybook.example",
            ]
            let response = try await client.execute(uri: "/hello", method: .get, headers: headers)
            #expect(response.status == .ok)
        }
    }

    @Test func `tells anyone about its health`() async throws {
        try await withDaemon(token: "sesame") { client in
            for path in ["/health/live", "/health/ready"] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .ok)
            }
        }
    }
}
