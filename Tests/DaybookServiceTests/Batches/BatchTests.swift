import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWriter

@Suite struct `A batch of commands` {
    private let key = #","idempotencyKey":"k""#

    @Test func `has a response to each, which is that of the command by itself`() async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let lines = [
                batchLine("send", "1", #"{"to":{"street":"s"}}"#, #","ref":"first"\#(key)"#),
                batchLine("send", "2", #"{"to":{"street":"nowhere"}}"#, #","ref":"second""#),
                batchLine("lose", "3", "{}"),
            ]
            let responses = try await client.batch(lines)
            #expect(responses.map(\.line) == [1, 2, 3] && responses.map(\.ref) == ["first", "second", nil])
            #expect(responses.map(\.status) == [200, 422, 422])
            let header: HTTPFields = [try #require(.named("Idempotency-Key")): "k"]
            let again = try await client.send("1/send", #"{"to":{"street":"s"}}"#, headers: header)
            let unreachable = try await client.send("2/send", #"{"to":{"street":"nowhere"}}"#)
            guard case .result(let sent) = responses[0], case .problem(let refused) = responses[1] else {
                Issue.record("\(responses)")
                return
            }
            #expect(String(decoding: try JSON.encode(sent.response), as: UTF8.self) == again.text)
            #expect(String(decoding: refused.problem.json.bytes, as: UTF8.self) == unreachable.text)
            #expect(responses[2].code == "not-sent")
        }
        #expect(try await store.head() == 1)
    }

    @Test func `is counted line by line, and each command is timed`() async throws {
        try await withParcels { client in
            let lines = [
                batchLine("send", "1", #"{"to":{"street":"s"}}"#), batchLine("lose", "2", "{}"), "nonsense",
                batchLine("send", "3", #"{"to":{"street":"s"}}"#),
            ]
            #expect(try await client.batch(lines).count == 4)
            let metrics = try await client.execute(uri: "/metrics", method: .get).text
            for (status, count) in [(200, 2), (400, 1), (422, 1)] {
                #expect(metrics.contains("daybook_batch_lines_total{status=\"\(status)\"} \(count)\n"))
            }
            #expect(metrics.contains("daybook_batch_command_duration_seconds_count 3\n"))
        }
    }

    @Test func `may have a new aggregate, whose id the writer chooses`() async throws {
        try await withParcels { client in
            let new = #"{"category":"parcel","command":"send","body":{"to":{"street":"s"}}}"#
            let responses = try await client.batch([new, new])
            let ids = responses.compactMap { response -> String? in
                guard case .result(let result) = response else { return nil }
                return result.response.id
            }
            #expect(Set(ids).count == 2 && ids.allSatisfy { UniqueID($0)?.time != nil })
        }
    }

    @Test func `goes on behind lines that cannot be used, and says of each what is wrong`() async throws {
        let bad: [(line: String, status: Int, code: String)] = [
            ("nonsense", 400, "malformed-line"), ("[]", 400, "malformed-line"), ("{", 400, "malformed-line"),
            (#"{"category":"parcel"}"#, 400, "malformed-line"), (batchLine("send", "1", "1,2"), 400, "malformed-line"),
            (batchLine("send", "1", "{}", #","exprected":1"#), 400, "malformed-line"),
            (batchLine("send", "1", "{}", #","id":"2""#), 400, "malformed-line"),
            (batchLine("send", "1", "{}", #","expectedVersion":"1""#), 400, "malformed-line"),
            (#"{"category":"letter","id":"1","command":"send"}"#, 404, "unknown-category"),
            (batchLine("burn"), 404, "unknown-command"), (batchLine("send", "a/b"), 400, "invalid-id"),
            (batchLine("send", ""), 400, "invalid-id"), (batchLine("send", "1", "[]"), 400, "malformed-body"),
            (batchLine("send", "1", #"{"to":{"street":"s"},"x":1}"#), 400, "unknown-member"),
            (batchLine("send", "1", #"{"to":{"street":"s"},"to":1}"#), 400, "repeated-member"),
            (batchLine("send", "1", #"{"to":{"street":"\u0000"}}"#), 400, "invalid-text"),
        ]
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let end = ["", " \t", batchLine("send", "a"), batchLine("send", "b")]
            let responses = try await client.batch([batchLine("send", "a")] + bad.map { $0.line } + end)
            #expect(responses.count == bad.count + 3)
            for (response, expected) in zip(responses.dropFirst(), bad) {
                #expect(response.status == expected.status && response.code == expected.code, "\(expected.line)")
            }
            #expect(responses.first?.version == 1)
            // A blank line has no response, and counts.
            #expect(responses.suffix(2).map(\.line) == [bad.count + 4, bad.count + 5])
            #expect(responses.suffix(2).map(\.version) == [2, 1])
        }
        #expect(try await store.head() == 3)
    }

    @Test func `names the member that a line cannot have, and the line that has it`() async throws {
        let long = String(repeating: "x", count: 201)
        let bad: [(more: String, member: String)] = [
            (#","ref":"r","exprected":1"#, "exprected"), (#","ref":"r","metadata":{"a":1}"#, "metadata.a"),
            (#","ref":"r","actor":"","x":1"#, "x"), (#","ref":"r","actor":"" "#, "actor"),
            (#","ref":"r","idempotencyKey":"\#(long)""#, "idempotencyKey"),
            (#","ref":"r","correlationId":"a\nb""#, "correlationId"),
            (#","ref":"r","causationId":"\uFFFD""#, "causationId"), (#","ref":"\#(long)""#, "ref"),
            (#","ref":"r","metadata":{"a":"1","a":"2"}"#, "metadata"),
            (#","ref":"r","metadata":{"a":"\#(String(repeating: "x", count: 2000))"}"#, "metadata"),
            (#","ref":"r","expectedVersion":-1"#, "expectedVersion"),
            (#","ref":"r","expectedVersion":0,"exists":true"#, "exists"),
            (#","ref":"r","expectedVersion":1,"exists":false"#, "exists"),
        ]
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let responses = try await client.batch(bad.map { batchLine("send", "1", "{}", $0.more) })
            #expect(responses.count == bad.count)
            for (response, expected) in zip(responses, bad) {
                guard case .problem(let refused) = response else {
                    Issue.record("\(expected.more)")
                    continue
                }
                #expect(refused.status == 400 && refused.ref == (expected.member == "ref" ? nil : "r"))
                #expect(refused.problem.detail?.hasPrefix(expected.member) == true, "\(refused.problem)")
            }
        }
        #expect(try await store.head() == .zero)
    }

    @Test func `passes over a line that is too long, however long it is`() async throws {
        try await withParcels { client in
            let street = String(repeating: "s", count: CommandRoutes.bodyLimit)
            for tooLong in [batchLine("send", "1", #"{"to":{"street":"\#(street)"}}"#), street + street + street] {
                let responses = try await client.batch([batchLine("send", "1"), tooLong, batchLine("send", "2")])
                #expect(responses.map(\.status) == [200, 413, 200] && responses[1].code == "body-too-large")
            }
            // The last line need not be ended.
            #expect(try await client.batch([batchLine("send", "1"), street + "s"]).map(\.status) == [200, 413])
        }
    }

    @Test func `carries out the commands to one stream in the order of their lines`() async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            // Each is taken only behind the one before it.
            let lines = (0..<60).flatMap { version in
                ["a", "b", "c"].map { id in
                    batchLine("send", id, #"{"to":{"street":"s"}}"#, #","expectedVersion":\#(version)"#)
                }
            }
            let responses = try await client.batch(lines)
            #expect(responses.count == 180 && responses.allSatisfy { $0.status == 200 })
            let expected: [StreamVersion?] = (1...60).map { StreamVersion(rawValue: $0) }
            #expect(stride(from: 0, to: 180, by: 3).map { responses[$0].version } == expected)
        }
        #expect(try await store.head() == 180)
    }

    @Test func `refuses a command whose stream is not as it is expected, and no other`() async throws {
        try await withParcels { client in
            let body = #"{"to":{"street":"s"}}"#
            let lines = [
                #","expectedVersion":1"#, #","exists":true"#, #","expectedVersion":0"#, #","exists":false"#,
                #","exists":true"#, #","expectedVersion":1"#, #","expectedVersion":2,"exists":true"#, "",
            ].map { batchLine("send", "1", body, $0) }
            let responses = try await client.batch(lines)
            #expect(responses.map(\.status) == [412, 412, 200, 412, 200, 412, 200, 200])
            guard case .problem(let refused) = responses[5] else {
                Issue.record("\(responses[5])")
                return
            }
            #expect(refused.problem.code == "version-mismatch" && refused.problem.members["version"] == 2)
        }
    }

    @Test func `gives the first responses again when it is sent again with its keys`() async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let lines = [
                batchLine("send", "1", #"{"to": {"street":"s"}}"#, key), batchLine("lose", "1", "{}", key),
                batchLine("lose", "2", "{}", key + #","actor":"eve""#),
                batchLine("send", "3", #"{"to":{"street":"nowhere"}}"#),
                #"{"category":"parcel","command":"send","body":{"to":{"street":"s"}},"actor":"eve"\#(key)}"#,
            ]
            let first = try await client.batch(lines)
            #expect(first.map(\.status) == [200, 200, 422, 422, 200])
            let head = try await store.head()
            #expect(try await client.batch(lines) == first)
            #expect(try await store.head() == head)
            // It is the key of the command by itself, and the body is compared byte for byte.
            let header: HTTPFields = [try #require(.named("Idempotency-Key")): "k"]
            let single = try await client.send("1/send", #"{"to": {"street":"s"}}"#, headers: header)
            #expect(single.status == .ok && single.document["version"] as? Int == 1)
            let other = try await client.batch([batchLine("send", "1", #"{"to":{"street":"s"}}"#, key)])
            #expect(other.map(\.code) == ["idempotency-key-reused"])
        }
    }

    @Test func `keeps with each event what its line says`() async throws {
        let store = InMemoryStore()
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01"
        try await withParcels(store) { client in
            let own = #","actor":"ada","correlationId":"story","causationId":"cause","metadata":{"tenant":"acme"}"#
            let lines = [
                batchLine("send", "1", #"{"to":{"street":"s"}}"#, own + #","traceparent":"\#(trace)""#),
                batchLine("send", "1", #"{"to":{"street":"s"},"x":1}"#, #","lenient":true\#(key)"#),
            ]
            let header: HTTPFields = [try #require(.named("traceparent")): other]
            #expect(try await client.batch(lines, headers: header).map(\.status) == [200, 200])
        }
        let events = try await store.read(after: .zero, limit: 2).map { try EventMetadata(decoding: $0.metadata) }
        #expect(
            events.first
                == EventMetadata(
                    correlationID: "story", causationID: "cause", actor: "ada", traceparent: trace,
                    custom: ["tenant": "acme"]))
        #expect(events.last?.causationID == "k" && events.last?.traceparent == other)
        #expect(UniqueID(events.last?.correlationID ?? "") != nil)
    }

    @Test(arguments: ["", "\n", "\n\n \r\n"]) func `may have no commands`(text: String) async throws {
        try await withParcels { client in
            let response = try await client.sendBatch(text)
            #expect(response.status == .ok && response.text == "")
        }
    }

    @Test(arguments: [nil, "application/json", "text/plain", "application/x-ndjson-2"])
    func `is refused under another media type`(type: String?) async throws {
        let store = InMemoryStore()
        try await withParcels(store) { client in
            let response = try await client.sendBatch(batchLine("send"), type: type)
            #expect(response.status == .unsupportedMediaType && response.problem == "unsupported-media-type")
            let parameter = "Application/X-NDJSON; charset=utf-8"
            #expect(try await client.sendBatch(batchLine("send"), type: parameter).status == .ok)
        }
        #expect(try await store.head() == 1)
    }

    @Test(arguments: [
        "If-Match", "If-None-Match", "Idempotency-Key", "Daybook-Actor", "Daybook-Correlation-Id", "X-Correlation-ID",
        "Daybook-Causation-Id", "Daybook-Metadata",
    ])
    func `is refused with a header that is for one command`(name: String) async throws {
        let header: HTTPFields = [try #require(.named(name)): "*"]
        try await withParcels { client in
            let response = try await client.sendBatch(batchLine("send"), headers: header)
            #expect(response.status == .badRequest && response.problem == "invalid-header")
            #expect((response.document["detail"] as? String)?.hasPrefix(name) == true)
        }
    }
}
