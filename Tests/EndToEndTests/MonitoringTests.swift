import DaybookSQLite
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `Alert rules and dashboard` {
    @Test func `name only what daemons report`() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/monitoring")
        let text = try ["alerts.yaml", "dashboard.json"].map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }.joined()
        let named = Set(text.matches(of: /(daybook|http|process)_[a-z_]+/).map { String($0.output.0) })
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            #expect(try await deployment.post("/v1/user/u/create", #"{"email":"a@b.de","name":"A"}"#).status == 200)
            try await deployment.waitUntilCurrent(.users, head: 1)
            let reported =
                try await deployment.get(.writer, "/metrics").text
                + deployment.get(.users, "/metrics").text
            let names = Set(reported.split(separator: "\n").map { $0.prefix { $0 != "{" && $0 != " " } })
            for name in named.sorted() { #expect(names.contains(name[...]), "\(name)") }
            #expect(named.count > 10)
        }
    }

    @Test func `see what is so`() async throws {
        try await Deployment.with { deployment in
            let users = #"projection="users""#
            func has(_ name: String, of daemon: Deployment.Daemon, _ value: Int) async throws {
                try await eventually("\(name) is \(value)") {
                    try await deployment.metric(name, of: daemon, daemon == .writer ? name : users) == Double(value)
                }
            }
            try await deployment.start(.writer)
            try await deployment.start(.users, settings: ["DAYBOOK_HEAD_CHECK_INTERVAL": "1s"])
            try await deployment.waitUntilCurrent(.users, head: 0)
            let port = deployment.ports[.users]
            #expect(try await deployment.post("/v1/projections/users/pause", port: port).status == 200)
            for user in 0..<3 {
                let body = #"{"email":"u\#(user)@example.com","name":"A"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
            }
            #expect(try await deployment.post("/v1/user/u0/reactivate", #"{"reason":"back"}"#).status == 422)
            try await has("daybook_projection_lag_events", of: .users, 3)
            try await has("daybook_posted_events_total", of: .users, 0)
            #expect(try await deployment.post("/v1/projections/users/resume", port: port).status == 200)
            try await has("daybook_posted_events_total", of: .users, 3)
            for (name, value) in [
                ("lag_events", 0), ("lag_seconds", 0), ("well", 1), ("generation", 1), ("parked_events", 0),
            ] { try await has("daybook_projection_\(name)", of: .users, value) }
            for (name, value) in [
                ("backlog", 0), ("held_partitions", 0), ("connected", 1), ("oldest_unconfirmed_timestamp_seconds", 0),
            ] { try await has("daybook_relay_\(name)", of: .writer, value) }
            #expect(try await deployment.metric("http_requests_total", of: .writer, "POST", #"status="200""#) == 3)
            #expect(try await deployment.metric("http_requests_total", of: .writer, "POST", #"status="422""#) == 1)
            let resident = try await deployment.metric("process_resident_memory_bytes", of: .writer)
            #expect((resident ?? 0) > 1_000_000)
        }
    }

    @Test func `see what is posted to the generation that serves, and not what is built`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            #expect(try await deployment.post("/v1/user/u/create", #"{"email":"a@b.de","name":"A"}"#).status == 200)
            try await deployment.waitUntilCurrent(.users, head: 1)
            let port = deployment.ports[.users]
            #expect(try await deployment.post("/v1/projections/users/rebuild", port: port).status == 200)
            let folder = try ReadModelFolder(deployment.readModelPath(.users))
            try await eventually("the next generation serves") { folder.serving == 2 }
            try await deployment.waitUntilCurrent(.users, head: 1)
            let metrics = try await deployment.get(.users, "/metrics").text
            #expect(metrics.contains("\ndaybook_posted_events_total{projection=\"users\"} 1\n"), "\(metrics)")
        }
    }

    @Test func `see how far what serves is behind while it is paused`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            let port = deployment.ports[.users]
            func lag() async throws -> String? {
                try await deployment.get(.users, "/metrics").text.split(separator: "\n")
                    .first { $0.hasPrefix("daybook_projection_lag_events{projection=\"users\"}") }
                    .flatMap { $0.split(separator: " ").last.map(String.init) }
            }
            #expect(try await deployment.post("/v1/projections/users/pause", port: port).status == 200)
            for user in 0..<3 {
                let body = #"{"email":"u\#(user)@example.org","name":"U"}"#
                #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
            }
            try await eventually("it is three behind") { try await lag() == "3" }
            #expect(try await deployment.post("/v1/projections/users/resume", port: port).status == 200)
            try await eventually("it has them") { try await lag() == "0" }
        }
    }
}
