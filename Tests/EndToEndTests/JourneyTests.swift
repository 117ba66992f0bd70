import DaybookService
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `The way of a user` {
    @Test func `leads from a command to both read models`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            // What takes two seconds at most is the way of a fact, and not a start.
            for worker in [Deployment.Daemon.users, .statistics] {
                try await deployment.waitUntilCurrent(worker, head: 0)
            }
            let created = try await deployment.post(
                "/v1/user/create", #"{"email":"ada@example.com","name":"Ada"}"#)
            #expect(created.status == 200 && created.headers["etag"] == "\"1\"")
            let id = try #require(created.json["id"] as? String)
            for (command, body) in [
                ("change-email", #"{"newEmail":"ada@example.org"}"#), ("deactivate", #"{"reason":"left"}"#),
                ("reactivate", #"{"reason":"came back"}"#),
            ] {
                #expect(try await deployment.post("/v1/user/\(id)/\(command)", body).status == 200)
            }
            try await eventually("the user is in the read model", within: .seconds(2)) {
                try await deployment.get(.users, "/v1/users/\(id)").json["version"] as? Int == 4
            }
            let encoded = "%\(String(id.utf8.first ?? 0, radix: 16))\(id.dropFirst())"
            #expect(try await deployment.get(.users, "/v1/%75sers/\(encoded)").json["version"] as? Int == 4)
            #expect(try await deployment.get(.users, "/v1/users/?email=a%20b").status == 404)
            let row = try await deployment.get(.users, "/v1/users?%65mail=ada%40example.org").text
            #expect(row.contains(id) && row.contains(#""isActive":true"#))
            #expect(row.contains(#""statusReason":"came back""#) && row.contains(#""statusChangedAt":"2"#))
            let typedOtherwise = try await deployment.get(.users, "/v1/users?email=ADA%40Example.org").text
            #expect(typedOtherwise == row)
            try await eventually("the statistics have it", within: .seconds(2)) {
                let text = try await deployment.get(.statistics, "/v1/user-statistics").text
                return text.contains(#""activeAtEndOfDay":1,"created":1"#) && text.contains(#""reactivated":1"#)
            }
        }
    }

    @Test func `is kept by versions, keys and refusals`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let create = #"{"email":"ada@example.com","name":"Ada"}"#
            let key = ["Idempotency-Key": "k1", "X-Correlation-ID": "c1", "Daybook-Actor": "eve"]
            let first = try await deployment.post("/v1/user/create", create, headers: key)
            let again = try await deployment.post("/v1/user/create", create, headers: key)
            #expect(first.body == again.body && first.status == 200)
            let other = try await deployment.post("/v1/user/create", #"{"email":"b@b.de","name":"B"}"#, headers: key)
            #expect(other.status == 422 && other.json["code"] as? String == "idempotency-key-reused")

            let user = "/v1/user/\(try #require(first.json["id"] as? String))"
            let reason = #"{"reason":"left"}"#
            let stale = try await deployment.post("\(user)/deactivate", reason, headers: ["If-Match": "\"7\""])
            #expect(stale.status == 412 && stale.json["code"] as? String == "version-mismatch")
            #expect(
                try await deployment.post("\(user)/deactivate", reason, headers: ["If-Match": "\"1\""]).status == 200)
            let refused = try await deployment.post("\(user)/deactivate", reason)
            #expect(refused.status == 422 && refused.json["code"] as? String == "already-inactive")
            #expect(refused.headers["content-type"] == "application/problem+json")
            let state = try await deployment.get(.writer, user)
            #expect(state.headers["etag"] == "\"2\"")
            #expect((state.json["state"] as? [String: any Sendable])?["isActive"] as? Bool == false)
        }
    }

    @Test func `refuses bad input with its reason`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let reason = #"{"reason":"left"}"#
            let cases: [(String, String, [String: String], Int, String)] = [
                ("/v1/user/a/create", "{", [:], 400, "malformed-body"),
                ("/v1/user/a/create", "[]", [:], 400, "malformed-body"),
                ("/v1/user/a/create", #"{"email":5,"name":"A"}"#, [:], 400, "malformed-body"),
                ("/v1/user/a/fly", "{}", [:], 404, "unknown-command"),
                ("/v1/user/a%20b/deactivate", reason, [:], 400, "invalid-id"),
                ("/v1/user/a/deactivate", reason, ["If-Match": "3"], 400, "invalid-header"),
                ("/v1/user/a/deactivate", "{}", ["Origin": "http://evil.example"], 403, "foreign-origin"),
                ("/v1/user/a/deactivate", "{}", ["Host": "evil.example"], 403, "foreign-host"),
                ("/v1/user/a/create", String(repeating: "x", count: 1 << 20 + 1), [:], 413, "body-too-large"),
                ("/v1/nothing/a/create", "{}", [:], 404, "no-such-route"),
                ("/v1/user/a/deactivate", reason, [:], 422, "not-found"),
                ("/v1/user/a/deactivate", "{}", [:], 400, "malformed-body"),
            ]
            for (path, body, headers, status, code) in cases {
                let answer = try await deployment.post(path, body, headers: headers)
                #expect(answer.status == status && answer.json["code"] as? String == code, "\(path): \(answer.text)")
            }
            #expect(try await deployment.get(.writer, "/v1/events?after=x").status == 400)
            #expect(try await deployment.get(.writer, "/v1/events?limit=1001").status == 400)
            #expect(try await deployment.get(.writer, "/v1/streams/user-a").status == 404)
            #expect(try await deployment.get(.writer, "/v1/user/a").status == 404)
            #expect(try await deployment.get(.writer, "/health/ready").status == 200)
        }
    }

    @Test func `is looked up with the parameters of each route, and with no others`() async throws {
        try await Deployment.with { deployment in
            let reaction = [
                "DAYBOOK_OUTBOX_PATH": deployment.folder.appending(path: "outbox").path,
                "DAYBOOK_REACTIONS_PATH": deployment.folder.appending(path: "reactions").path,
            ]
            for daemon in Deployment.Daemon.allCases {
                try await deployment.start(daemon, settings: daemon == .users ? reaction : [:])
            }
            _ = try await deployment.post("/v1/user/ada/create", #"{"email":"a@b.de","name":"A"}"#)
            for daemon in Deployment.Daemon.allCases where daemon != .writer {
                try await deployment.waitUntilCurrent(daemon, head: 1)
            }
            let taken: [(Deployment.Daemon, String, String)] = [
                (.writer, "/v1/user/ada", "at-version=1"), (.writer, "/v1/user/ada", "at-time=2999-01-01"),
                (.writer, "/v1/streams/user-ada", "after=0&limit=1&states=true"),
                (.writer, "/v1/events", "after=0&limit=1"), (.writer, "/v1/head", ""),
                (.writer, "/v1/events", "last=1&category=user&type=created&type=deactivated&tag=email:a@b.de"),
                (.users, "/v1/users", "email=a@b.de&active=true&after=a&limit=1"), (.users, "/v1/users/ada", ""),
                (.users, "/v1/projections", ""), (.users, "/v1/projections/users/parked", "waiting=true"),
                (.users, "/v1/projections/users/query", "table=users"),
                (.users, "/v1/projections/welcome-message/parked", "waiting=false"),
                (.statistics, "/v1/user-statistics", "from=2026-01-01&to=2026-01-01"), (.statistics, "/metrics", ""),
            ]
            for (daemon, path, query) in taken {
                #expect(try await deployment.get(daemon, "\(path)?\(query)").status == 200, "\(path)")
                let unknown = try await deployment.get(daemon, "\(path)?\(query)&emial=x")
                #expect(unknown.status == 400 && unknown.json["code"] as? String == "unknown-parameter", "\(path)")
            }
            #expect(try await deployment.post("/v1/user/ada/deactivate?dry-run=true").status == 400)
            #expect(try await deployment.get(.writer, "/v1/user/ada").json["version"] as? Int == 1)
            let mistaken: [(Deployment.Daemon, String)] = [
                (.writer, "/v1/streams/user-ada?states=yes"), (.writer, "/v1/user/ada?at-version=0"),
                (.users, "/v1/users?active=1"), (.users, "/v1/projections/users/parked?waiting=1"),
                (.users, "/v1/projections/users/query?offsets=users-writer/p00=1,users-writer/p00=2"),
                (.statistics, "/v1/user-statistics?from=banana"),
                (.statistics, "/v1/user-statistics?from=2026-11-01T00:00:00Z"),
                (.statistics, "/v1/user-statistics?from=2026-11-02&to=2026-11-01"),
            ]
            for (daemon, path) in mistaken {
                let answer = try await deployment.get(daemon, path)
                #expect(answer.status == 400 && answer.json["code"] as? String == "invalid-parameter", "\(path)")
            }
        }
    }

    @Test func `ends gracefully within ten seconds, everywhere`() async throws {
        try await Deployment.with { deployment in
            for daemon in Deployment.Daemon.allCases { try await deployment.start(daemon) }
            _ = try await deployment.post("/v1/user/a/create", #"{"email":"a@b.de","name":"A"}"#)
            for daemon in Deployment.Daemon.allCases {
                let started = ContinuousClock.now
                #expect(await deployment.stop(daemon) == 0)
                #expect(started.duration(to: .now) < .seconds(10))
            }
        }
    }

    @Test func `goes on after a hang-up, with the settings read again`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            deployment.process(.writer)?.send(SIGHUP)
            try await eventually("the settings are read again") {
                deployment.log(of: .writer).contains("settings were read again")
            }
            #expect(try await deployment.get(.writer, "/health/ready").status == 200)
            #expect(await deployment.stop(.writer) == 0)
        }
    }

    @Test func `is refused a second writer on the same store`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let output = try await shell(
                Deployment.program("users-writer"), ["--http-port", "0"],
                environment: ["DAYBOOK_STORE_PATH": deployment.storePath], expecting: 1)
            #expect(output.contains("is in use by users-writer (process "))
        }
    }

    @Test func `stops at a wrong configuration and names the key`() async throws {
        let output = try await shell(Deployment.program("users-writer"), ["--htp-port", "1"], expecting: 78)
        #expect(output.contains("htp-port") && output.contains("http-port"))
        let url = ["--broker-url", "amqps://host/", "--store-path", "never-made.sqlite"]
        let refused = try await shell(Deployment.program("users-writer"), url, expecting: 78)
        #expect(refused.contains("cacertfile"))
        #expect(!FileManager.default.fileExists(atPath: "never-made.sqlite"))
    }

    @Test func `is refused to a worker with another number of partitions`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            // It may be gone before it was seen to answer.
            try? await deployment.start(.users, settings: ["DAYBOOK_PARTITIONS": "4"], answering: .seconds(2))
            let worker = try #require(deployment.process(.users))
            #expect(await worker.wait() == 1)
            #expect(worker.output.contains("the source's log has 8 partitions and this worker is set to 4"))
        }
    }
}
