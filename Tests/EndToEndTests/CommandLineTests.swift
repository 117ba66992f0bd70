import DaybookService
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: TestBroker.isRunning)) struct `The command-line tool` {
    private func daybook(_ deployment: Deployment, _ arguments: String..., expecting status: Int32 = 0) async throws
        -> String
    {
        try await shell(Deployment.program("daybook"), arguments + endpoints(deployment), expecting: status)
    }

    private func endpoints(_ deployment: Deployment) -> [String] {
        [
            "--writer", "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)",
            "--worker", "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)",
        ]
    }

    @Test func `commands, shows and tails`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            let create = ["user", "create", "--id", "ada", "name=Ada", "email=ada@example.com"]
            _ = try await daybook(deployment, create[0], create[1], create[2], create[3], create[4], create[5])
            _ = try await daybook(deployment, "user", "deactivate", "ada", "reason=left", "--expect", "1")
            let state = try await daybook(deployment, "user", "show", "ada", "--json")
            #expect(state.contains(#""isActive":false"#))
            let stream = try await daybook(deployment, "stream", "show", "user-ada")
            #expect(stream.contains("VERSION") && stream.contains("created") && stream.contains("deactivated"))
            let tail = try await daybook(deployment, "events", "tail", "--last", "1", "--json")
            let object = try JSONSerialization.jsonObject(with: Data(tail.utf8)) as? [String: any Sendable]
            #expect(object?["position"] as? Int == 2)
            let created = try await daybook(
                deployment, "events", "tail", "--type", "created", "--tag", "email:ada@example.com", "--json")
            #expect(created.split(separator: "\n").count == 1 && created.contains(#""type":"created""#))
            let earlier = try await daybook(deployment, "events", "tail", "--before", "2", "--category", "user")
            #expect(earlier.contains("created") && !earlier.contains("deactivated"))
            let last = try await daybook(deployment, "stream", "show", "user-ada", "--last", "1")
            #expect(last.contains("deactivated") && !last.contains("created"))
            let head = try await daybook(deployment, "events", "head")
            #expect(head.contains("position 2") && head.contains("p07"))
            try await deployment.waitUntilCurrent(.users, head: 2)
            let status = try await daybook(deployment, "projections", "status")
            #expect(status.contains("users: connected, 8 lanes, lag 0"))
        }
    }

    @Test func `follows events as they come`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            let log = deployment.folder.appending(path: "tail.log")
            let writer = "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)"
            let tail = try ChildProcess(
                Deployment.program("daybook"), ["events", "tail", "--follow", "--json", "--writer", writer], log: log)
            for index in 0..<5 {
                let body = #"{"email":"u\#(index)@example.com","name":"A"}"#
                #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
                try await eventually("event \(index) is shown") { tail.output.contains(#""stream":"user-u\#(index)""#) }
                // A writer that restarts is followed again, without repeats.
                if index == 2 {
                    #expect(await deployment.stop(.writer) == 0)
                    try await deployment.start(.writer)
                }
            }
            tail.send(SIGINT)
            await tail.wait()
            #expect(tail.output.components(separatedBy: #""position":"#).count == 6)
        }
    }

    @Test func `says by its exit status what went wrong`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            _ = try await daybook(deployment, "user", "deactivate", "nobody", "reason=left", expecting: 65)
            _ = try await daybook(deployment, "user", "show", "nobody", expecting: 66)
            _ = try await daybook(deployment, "projections", "status", expecting: 69)
            _ = try await daybook(
                deployment, "user", "create", "--id", "a", "name=A", "email=a@b.de", "--expect", "4", expecting: 75)
            _ = try await daybook(deployment, "stream", "show", expecting: 64)
            let beyond = try await daybook(deployment, "events", "tail", "--after", "99", expecting: 75)
            #expect(beyond.contains("the last event has position 0") && beyond.contains("(beyond-head)"))
            let file = try commands(in: deployment)
            let sent = try await daybook(deployment, "send", file)
            #expect(sent == "1  b  version 1  position 1\n2  b  version 2  position 2\n")
            let again = try await daybook(deployment, "send", file, expecting: 65)
            #expect(again.contains("(already-created)") && again.contains("2 of 2 commands were refused"))
            _ = try await daybook(deployment, "send", "nowhere", expecting: 66)
        }
    }

    /// A file with commands to one user.
    private func commands(in deployment: Deployment) throws -> String {
        let lines = [
            #"{"category":"user","id":"b","command":"create","body":{"name":"B","email":"b@example.com"}}"#,
            #"{"category":"user","id":"b","command":"deactivate","body":{"reason":"left"}}"#,
        ]
        let file = deployment.folder.appending(path: "commands.ndjson")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        return file.path
    }

    @Test func `fails when what it prints cannot be written`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            try await deployment.waitUntilCurrent(.users, head: 0)
            let create = ["user", "create", "--id", "ada", "name=Ada", "email=ada@example.com"]
            let calls = [
                create, ["user", "show", "ada"], ["stream", "show", "user-ada"], ["events", "tail"],
                ["events", "tail", "--json"], ["events", "head"], ["projections", "list"],
                ["projections", "status", "--json"],
                ["projections", "query", "users"], ["projections", "compare", "users"],
                ["projections", "rebuild", "users", "--explain"], ["projections", "pause", "users"],
                ["projections", "resume", "users"], ["parked", "list", "users"],
                ["send", try commands(in: deployment)],
            ]
            for call in calls {
                let complaint = try await complaintOnFullDisk(call + endpoints(deployment))
                #expect(complaint == "daybook: \(fullDiskComplaint)\n", "\(call)")
            }
        }
    }
}
