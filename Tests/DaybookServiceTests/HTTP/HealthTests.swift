import DaybookService
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite struct `The health routes` {
    private let store: HealthCheck = { Readiness(name: "store", isReady: true, detail: "position 3") }
    private let broker: HealthCheck = { Readiness(name: "broker", isReady: false, detail: "no broker") }

    @Test func `say ready when everything is`() async throws {
        try await withDaemon(checks: [store]) { client in
            let response = try await client.execute(uri: "/health/ready", method: .get)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.text == #"{"checks":{"store":{"detail":"position 3","ready":true}},"status":"ready"}"#)
        }
    }

    @Test func `say not ready, and why, when one thing is not`() async throws {
        try await withDaemon(checks: [store, broker]) { client in
            let response = try await client.execute(uri: "/health/ready", method: .get)
            #expect(response.status == .serviceUnavailable)
            let expected = """
                {"checks":{"broker":{"detail":"no broker","ready":false},\
                "store":{"detail":"position 3","ready":true}},"status":"not-ready"}
                """
            #expect(response.text == expected)
        }
    }

    @Test func `say alive whatever is not ready`() async throws {
        try await withDaemon(checks: [broker]) { client in
            let response = try await client.execute(uri: "/health/live", method: .get)
            #expect(response.status == .ok)
            #expect(response.text == #"{"status":"live"}"#)
        }
    }

    @Test func `report metrics with templates for routes, and nothing a client can make up`() async throws {
        try await withDaemon { client in
            _ = try await client.execute(uri: "/echo/somebody", method: .post)
            _ = try await client.execute(uri: "/nowhere/at/all", method: .get)
            let response = try await client.execute(uri: "/metrics", method: .get)
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let text = response.text
            #expect(
                text.contains("# HELP http_requests_total Requests answered.\n# TYPE http_requests_total counter\n"))
            #expect(text.contains(#"http_requests_total{method="POST",route="/echo/{name}",status="200"} 1"#))
            #expect(text.contains(#"http_requests_total{method="GET",route="unmatched",status="404"} 1"#))
            #expect(text.contains(#"http_request_duration_seconds_count{method="POST",route="/echo/{name}"} 1"#))
            #expect(!text.contains("somebody") && !text.contains("nowhere"))
        }
    }
}
