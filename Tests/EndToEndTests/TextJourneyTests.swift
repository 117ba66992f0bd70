import AsyncHTTPClient
import Daybook
import DaybookService
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What comes in at one end goes through every station to the other.
@Suite(.enabled(if: TestBroker.isRunning)) struct `A value from outside` {
    @Test(.timeLimit(.minutes(3))) func `survives at every station byte for byte, or is refused`() async throws {
        try await Deployment.with { deployment in
            let boxes = try await BoxWriter(deployment)
            defer { boxes.process.send(SIGKILL) }
            try await deployment.start(.writer)
            try await deployment.start(.users)
            let messages = try await TextMessages(deployment.brokerURL)
            var kept = try await send(TextSample.all, deployment, boxes)
            kept.append(try await sendByTool(deployment))
            #expect(kept.count > 30)
            try await expectRefusals(deployment)

            let users = try await head(deployment, deployment.ports[.writer] ?? 0)
            let filled = try await head(deployment, boxes.port)
            #expect(users == kept.count { $0.sample.place != .box } + TextSample.all.count { $0.place == .reason })
            #expect(filled == kept.count { $0.sample.place == .box })
            for port in [deployment.ports[.writer] ?? 0, boxes.port] {
                try await expectEvents(kept, deployment, port: port)
            }
            try await eventually("all messages have come", within: .seconds(10)) { messages.count >= users + filled }
            expect(kept, in: messages.shown, at: "AMQP")
            await messages.end()
            try await expectRows(kept, deployment, head: users)
            boxes.process.send(SIGTERM)
            #expect(await boxes.process.wait() == 0)
            await deployment.stopAll()
            for (path, category) in [(deployment.storePath, "user"), (boxes.store, "box")] {
                try await expectExport(kept.filter { $0.sample.category == category }, of: path, deployment.folder)
            }
        }
    }

    // MARK: In

    private func send(
        _ samples: [TextSample], _ deployment: Deployment, _ boxes: BoxWriter
    ) async throws -> [KeptText] {
        var kept: [KeptText] = []
        for (index, sample) in samples.enumerated() {
            let (id, port) = ("s\(index)", sample.place == .box ? boxes.port : nil)
            if sample.place == .reason {
                let create = #"{"email":"\#(id)@example.com","name":"N"}"#
                #expect(try await deployment.post("/v1/user/\(id)/create", create).status == 200)
            }
            let path = "/v1/\(sample.category)/\(sample.id ?? id)/\(sample.command)"
            let body = sample.body.replacing("{id}", with: id)
            let answer = try await deployment.post(path, body, headers: sample.headers, port: port)
            switch sample.fate {
            case .refused(let status, let code):
                let isRefused = answer.status == status && answer.json["code"] as? String == code
                #expect(isRefused, "\(sample): \(answer.text)")
            case .kept(let bytes):
                #expect(answer.status == 200, "\(sample): \(answer.text)")
                guard let id = answer.json["id"] as? String else { continue }
                kept.append(KeptText(sample: sample, id: id, bytes: bytes))
                guard sample.isData else { continue }
                let state = try await deployment.get(.writer, "/v1/\(sample.category)/\(id)", port: port).text
                #expect(has(state, bytes), "\(sample) in the state: \(state)")
            }
        }
        return kept
    }

    /// What the tool is given as an argument.
    private func sendByTool(_ deployment: Deployment) async throws -> KeptText {
        let text = "\u{338}a=\u{200d}%41+e\u{301}"
        try await runDaybook(["user", "create", "tool", "name=\(text)", "email=tool@example.com"] + writer(deployment))
        let sample = TextSample(description: "an argument", place: .name, fate: .kept(TextSample.literal(text)))
        return KeptText(sample: sample, id: "tool", bytes: TextSample.literal(text))
    }

    /// Values that only ask, and what no client library would send.
    private func expectRefusals(_ deployment: Deployment) async throws {
        let questions: [(Deployment.Daemon, String, Int, String)] = [
            (.users, "/v1/users?email=a%00b", 400, "invalid-parameter"),
            (.users, "/v1/users?email=%ff", 400, "malformed-target"),
            (.users, "/v1/users?email=%ed%a0%80", 400, "malformed-target"),
            (.users, "/v1/users?email=a&%65mail=b", 400, "invalid-parameter"),
            (.users, "/v1/users?active=%2574rue", 400, "invalid-parameter"),
            (.users, "/v1/users?limit=+5", 400, "invalid-parameter"),
            (.users, "/v1/users/s0%00", 400, "invalid-parameter"),
            (.writer, "/v1/events?after=9223372036854775808", 400, "invalid-parameter"),
            (.writer, "/v1/events?after=-0", 400, "invalid-parameter"),
            (.writer, "/v1/events?after=1e400", 400, "invalid-parameter"),
            (.writer, "/v1/events?after=9007199254740993", 409, "beyond-head"),
            (.writer, "/v1/streams/user-s0%00", 400, "invalid-stream"),
        ]
        for (daemon, path, status, code) in questions {
            let answer = try await deployment.get(daemon, path)
            #expect(answer.status == status && answer.json["code"] as? String == code, "\(path): \(answer.text)")
        }
        // In Latin-1: two such keys would be one.
        let script = #"""
            exec 3<>/dev/tcp/127.0.0.1/$0
            printf 'POST /v1/user/latin/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' >&3
            printf 'Idempotency-Key: \351\r\nContent-Length: 36\r\n\r\n{"email":"l@example.com","name":"N"}' >&3
            cat <&3
            """#
        let answer = try await shell("timeout", ["10", "bash", "-c", script, "\(deployment.ports[.writer] ?? 0)"])
        #expect(answer.contains("400 Bad Request") && answer.contains("invalid-header"), "\(answer)")
    }

    private func head(_ deployment: Deployment, _ port: Int) async throws -> Int {
        let answer = try await deployment.get(.writer, "/v1/events?limit=1", port: port)
        return try #require(answer.headers["daybook-head"].flatMap { Int($0) })
    }

    // MARK: Stations

    /// The events that a writer shows, itself and by the tool.
    private func expectEvents(_ kept: [KeptText], _ deployment: Deployment, port: Int) async throws {
        let isBox = port != deployment.ports[.writer]
        let kept = kept.filter { ($0.sample.place == .box) == isBox }
        let all = try await deployment.get(.writer, "/v1/events?limit=1000", port: port).text
        expect(kept, in: shown(all), at: "NDJSON")
        let count = all.utf8.count { $0 == UInt8(ascii: "\n") }
        expect(kept, in: shown(try await liveTail(port, count: count)), at: "SSE")
        let address = ["--writer", "http://127.0.0.1:\(port)"]
        let tail = try await runDaybook(["events", "tail", "--after", "0", "--json"] + address)
        expect(kept, in: shown(tail), at: "events tail")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, one) in kept.enumerated() {
                if index >= 8 { try await tasks.next() }
                tasks.addTask {
                    let stream = try await deployment.get(.writer, "/v1/streams/\(one.stream)", port: port).text
                    expect([one], in: shown(stream), at: "stream")
                    let tool = try await runDaybook(["stream", "show", one.stream, "--json"] + address)
                    expect([one], in: shown(tool), at: "stream show")
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// So many events of a live tail.
    private func liveTail(_ port: Int, count: Int) async throws -> String {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/events?after=0")
        request.headers.add(name: "Accept", value: "text/event-stream")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(15))
        var bytes: [UInt8] = []
        for try await part in response.body {
            bytes += part.readableBytesView
            let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: "data: ".utf8) }
            guard lines.count >= count, bytes.suffix(2) == Array("\n\n".utf8)[...] else { continue }
            return lines.map { String(decoding: $0.dropFirst(6), as: UTF8.self) + "\n" }.joined()
        }
        throw SupportError("the live tail ended")
    }

    private func expectRows(_ kept: [KeptText], _ deployment: Deployment, head: Int) async throws {
        try await deployment.waitUntilCurrent(.users, head: Int64(head), within: .seconds(10))
        let kept = kept.filter { $0.sample.isData && $0.sample.place != .box }
        for one in kept {
            let row = try await deployment.get(.users, "/v1/users/\(one.id)").text
            #expect(has(row, one.bytes), "\(one.sample) in the row: \(row)")
        }
        let worker = ["--worker", "users=http://127.0.0.1:\(deployment.ports[.users] ?? 0)"]
        let rows = try await runDaybook(["projections", "query", "users", "--json"] + worker)
        var shown: ShownTexts = [:]
        for line in rows.utf8.split(separator: UInt8(ascii: "\n")) {
            guard case .object(let members) = JSONData(line), case .object(let row)? = members["row"],
                case .text(let id)? = row["user_id"]
            else { continue }
            shown["user-\(id)", default: ""] += String(decoding: line, as: UTF8.self)
        }
        expect(kept, in: shown, at: "projections query")
        // An address is found however it is composed; the plus is a plus.
        for email in [
            "jose%CC%81@example.com", "ren%C3%A9@example.com", "a+b%2541@example.com", "a%2Bb%2541@example.com",
        ] {
            let found = try await deployment.get(.users, "/v1/users?email=\(email)").json["users"]
            #expect((found as? [[String: any Sendable]])?.count == 1, "\(email)")
        }
    }

    private func expectExport(_ kept: [KeptText], of store: String, _ folder: URL) async throws {
        let export = try await runDaybook(["export", store, "--source", "s"])
        expect(kept, in: shown(export, by: "subject"), at: "export")
        let (file, copy) = (folder.appending(path: "full.ndjson"), "\(store)-copy")
        try Data(try await runDaybook(["export", store, "--full"]).utf8).write(to: file)
        try await runDaybook(["import", copy, file.path])
        let exportOfCopy = try await runDaybook(["export", copy, "--source", "s"])
        #expect(Array(exportOfCopy.utf8) == Array(export.utf8))
    }

    private func writer(_ deployment: Deployment) -> [String] {
        ["--writer", "http://127.0.0.1:\(deployment.ports[.writer] ?? 0)"]
    }
}
