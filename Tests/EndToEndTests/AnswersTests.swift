import Daybook
import DaybookAPI
import DaybookService
import Foundation
import TestSupport
import Testing

/// A daemon that gives the same answers for ever, so that the tool meets what a real one seldom says.
private struct CannedDaemon {
    private static let script = #"""
        import http.server, json, sys
        answers = json.loads(sys.argv[1])
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = answers.get(f"{self.command} {self.path}")
                text = json.dumps(body or {"title": "no answer to this"}).encode()
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            do_GET = do_POST = do_DELETE = answer
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """#

    /// Runs `body` with the URL of a daemon that gives these answers, each to a method and a path.
    static func with(_ answers: [String: String], _ body: (_ url: String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let members = answers.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
            let daemon = try ChildProcess(
                "python3", ["-c", script, "{\(members)}"], log: folder.appending(path: "daemon.log"))
            do {
                try await eventually("the daemon listens") { daemon.output.hasSuffix("\n") }
                try await body("http://127.0.0.1:\(daemon.output.trimmingCharacters(in: .whitespacesAndNewlines))")
            } catch {
                daemon.send(SIGKILL)
                await daemon.wait()
                throw error
            }
            daemon.send(SIGKILL)
            await daemon.wait()
        }
    }
}

/// None of it needs a broker.
@Suite struct `What the tool makes of answers` {
    private let list = "GET /v1/projections"

    private func json(_ document: some APIDocument) throws -> String {
        String(decoding: try JSON.encode(document), as: UTF8.self)
    }

    private func report(_ generations: GenerationReport..., isStandby: Bool = false) -> ProjectionReport {
        var report = ProjectionReport(ProjectionStatus(projection: "users"), sources: ["w"], eventsPerSecond: 0)
        report.version = 2
        report.generation = 1
        report.generations = generations
        report.isStandby = isStandby
        return report
    }

    private func projections(_ report: ProjectionReport) throws -> String {
        try json(ProjectionsResponse(projections: [report]))
    }

    /// A page with the one parked event of these streams.
    private func page(_ streams: String..., next: String? = nil) throws -> String {
        let events = streams.map { stream in
            ParkedEventReport(
                source: "w", partition: Partition(0), offset: 1, stream: stream, eventID: "\(EventID.new())",
                type: "user.created", parkedAt: .now(), waiting: 0, schemaVersion: 1, version: 1, occurredAt: .now(),
                data: "{}")
        }
        return try json(ParkedResponse(parked: events, next: next))
    }

    private func outcome(_ stream: String, posted: Int, reason: String? = nil) throws -> String {
        try json(ParkedRetryResponse(stream: stream, posted: posted, reason: reason))
    }

    /// Runs the tool for at most ten seconds.
    private func daybook(_ worker: String, _ arguments: String..., expecting status: Int32) async throws -> String {
        let call = ["10", Deployment.program("daybook")] + arguments + ["--worker", "users=\(worker)"]
        return try await shell("timeout", call, expecting: status)
    }

    @Test(arguments: [[], ["--json"]])
    func `an event that is still parked is no success`(options: [String]) async throws {
        let place = "/v1/projections/users/parked"
        let outcome = try outcome("user-a", posted: 0, reason: "it still fails")
        let answers = [
            list: try projections(report()), "GET \(place)?limit=1000&stream=user-a": try page("user-a"),
            "POST \(place)/w/user-a/retry": outcome, "POST \(place)/w/user-a/skip": outcome,
        ]
        try await CannedDaemon.with(answers) { url in
            for operation in ["retry", "skip"] {
                let call = ["10", Deployment.program("daybook"), "parked", operation, "users", "user-a"] + options
                let output = try await shell("timeout", call + ["--worker", url], expecting: 75)
                #expect(output.contains("still parked: it still fails"))
            }
        }
    }

    @Test(arguments: ["retry", "skip"])
    func `a stream of which nothing is parked is not found, whoever its writer is said to be`(
        operation: String
    ) async throws {
        let answers = [
            list: try projections(report()),
            "GET /v1/projections/users/parked?limit=1000&stream=user-a": try page(),
        ]
        try await CannedDaemon.with(answers) { url in
            _ = try await daybook(url, "parked", operation, "users", "user-a", expecting: 66)
            _ = try await daybook(url, "parked", operation, "users", "user-a", "--source", "typo", expecting: 66)
        }
    }

    @Test func `parked events are printed page by page`() async throws {
        let place = "/v1/projections/users/parked?limit=1000"
        let answers = [
            list: try projections(report()), "GET \(place)": try page("user-a", next: "w/0/1"),
            "GET \(place)&after=w%2F0%2F1": try page("user-b", next: "w/0/2"),
            "GET \(place)&after=w%2F0%2F2": try page("user-c"),
        ]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "parked", "list", "users", expecting: 0)
            #expect(output.split(separator: "\n").count == 4)
            let pages = try await daybook(url, "parked", "list", "users", "--json", expecting: 0)
            #expect(pages.split(separator: "\n").count == 3 && pages.contains("user-c"))
        }
    }

    @Test func `everything that is parked is tried again, page by page`() async throws {
        let place = "/v1/projections/users/parked"
        var answers = [
            list: try projections(report()),
            "GET \(place)?limit=1000": try page("user-a", "user-gone", next: "w/0/1"),
            "GET \(place)?limit=1000&after=w%2F0%2F1": try page("user-b"),
            "POST \(place)/w/user-a/retry": try outcome("user-a", posted: 2),
            "POST \(place)/w/user-b/retry": try outcome("user-b", posted: 1),
        ]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "parked", "retry", "users", "--all", expecting: 0)
            #expect(output == "3 posted\n")
        }
        answers["POST \(place)/w/user-a/retry"] = try outcome("user-a", posted: 0, reason: "it still fails")
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "parked", "retry", "users", "--all", expecting: 75)
            #expect(output.hasPrefix("1 posted\n") && output.contains("streams still parked: 1,"))
            #expect(output.contains("it still fails"))
        }
    }

    @Test func `pages of parked events that do not go on are no answer`() async throws {
        let place = "/v1/projections/users/parked?limit=1000"
        let page = try page(next: "w/0/1")
        let answers = [list: try projections(report()), "GET \(place)": page, "GET \(place)&after=w%2F0%2F1": page]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "parked", "list", "users", expecting: 1)
            #expect(output.contains("its pages do not go on"))
        }
    }

    @Test func `a worker that only stands by is not asked where another one is at work`() async throws {
        let standby = try projections(report(isStandby: true))
        try await CannedDaemon.with([list: standby]) { first in
            let answers = [
                list: try projections(report()), "POST /v1/projections/users/pause": try json(report()),
            ]
            try await CannedDaemon.with(answers) { second in
                let workers = ["--worker", "a=\(first)", "--worker", "b=\(second)"]
                let call = ["10", Deployment.program("daybook"), "projections", "pause", "users"] + workers
                let output = try await shell("timeout", call)
                #expect(output.contains("pause is noted"))
            }
        }
    }

    @Test func `rows that broke off are not all there are`() async throws {
        let head = try json(TableHead(table: "users", columns: ["user_id"]))
        let answers = [list: try projections(report()), "GET /v1/projections/users/query": head]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "projections", "query", "users", expecting: 1)
            #expect(output.contains("it broke off"))
        }
    }

    @Test func `a worker that could not be asked may have what was forgotten`() async throws {
        let token = "w/01900000-0000-7000-8000-000000000000/0/5"
        let store = StoreForgettingReport(unreadableEvents: 1, plainEvents: 0, isLogEmptied: true)
        let answer = try json(ForgettingResponse(id: "ada", version: 3, token: token, store: store))
        try await CannedDaemon.with(["DELETE /v1/user/ada/personal-data": answer]) { url in
            let daemons = ["--writer", url, "--worker", "gone=http://127.0.0.1:1"]
            let call = ["10", Deployment.program("daybook"), "forget", "user-ada", "--wait", "0"] + daemons
            let output = try await shell("timeout", call, expecting: 75)
            #expect(output.contains("remains: worker gone could not be asked"))
        }
    }

    @Test func `a comparison that failed is no difference`() async throws {
        let answer = try json(ComparisonResponse(state: .failed, problem: "the disk is full"))
        let answers = [list: try projections(report()), "POST /v1/projections/users/compare": answer]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "projections", "compare", "users", expecting: 1)
            #expect(output.contains("users could not be compared: the disk is full"))
        }
    }

    @Test func `a build of another version is not waited for`() async throws {
        let build = GenerationReport(number: 2, version: 1, role: .building, bytes: 0)
        let answers = [
            list: try projections(report(build)), "POST /v1/projections/users/rebuild": try json(report(build)),
        ]
        try await CannedDaemon.with(answers) { url in
            let output = try await daybook(url, "projections", "rebuild", "users", "--wait", expecting: 75)
            #expect(output.contains("the build was given up"))
        }
    }

    @Test(arguments: ["list", "status"]) func `a worker that is away hides no other`(command: String) async throws {
        try await CannedDaemon.with([list: projections(report())]) { url in
            let gone = ["--worker", "gone=http://127.0.0.1:1"]
            let call = ["projections", command] + gone + ["--worker", "users=\(url)"]
            let output = try await shell(Deployment.program("daybook"), call, expecting: 69)
            #expect(output.contains("users") && output.contains("gone at http://127.0.0.1:1 cannot be reached"))
        }
    }
}
