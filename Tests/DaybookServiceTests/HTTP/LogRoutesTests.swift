import Daybook
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import TestSupport
import Testing

@testable import DaybookWriter

private let box = StreamName(stored: "box-1")
/// The partition of the box, of two.
private let home = Partition.of(box, among: 2)

/// A store with a box to which some things have happened, all of which are published.
///
/// - Parameter size: Bytes of each, at least.
private func boxStore(_ count: Int, size: Int = 0) async throws -> InMemoryStore {
    let store = InMemoryStore(partitionCount: 2)
    try await put(count, size: size, in: store)
    return store
}

private func put(_ count: Int, size: Int = 0, in store: InMemoryStore) async throws {
    let data = Array(#"{"item":"\#(String(repeating: "x", count: size))"}"#.utf8)
    let events = try (0..<count).map { number in
        NewEvent(
            id: .new(), type: "put", occurredAt: .now(), data: data,
            metadata: try EventMetadata(correlationID: "c\(number)", actor: "ada").encoded(),
            published: [.init(type: "box.put", schemaVersion: 2, data: data)])
    }
    _ = try await store.append(AppendRequest(stream: box, expected: .any, events: events))
}

private func withLog(
    _ log: any IntegrationLog, _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let routes = LogRoutes(log: log, source: "boxes")
    try await withDaemon(parameters: LogRoutes.parameters, adding: routes.add, body)
}

extension TestClientProtocol {
    fileprivate func log(_ query: String, accept: String = "*/*", id: String? = nil) async throws -> TestResponse {
        var headers: HTTPFields = [.accept: accept]
        if let id, let name = HTTPField.Name("Last-Event-ID") { headers[name] = id }
        return try await execute(uri: "/v1/log/\(query)", method: .get, headers: headers)
    }
}

extension TestResponse {
    /// The events of a page.
    fileprivate var events: [[String: any Sendable]] { document["events"] as? [[String: any Sendable]] ?? [] }

    fileprivate var offsets: [String] { events.compactMap { $0["offset"] as? String } }

    fileprivate func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

@Suite struct `The log of a writer over HTTP` {
    @Test func `comes by pages, each of which says where the next one begins and where the log ends`() async throws {
        let store = try await boxStore(5)
        try await withLog(store) { client in
            var after = "0"
            for offsets in [["1", "2"], ["3", "4"], ["5"], []] {
                let page = try await client.log("\(home.index)?after=\(after)&limit=2")
                #expect(page.status == .ok && page.offsets == offsets)
                #expect(page.document["head"] as? Int == 5 && page.document["partition"] as? Int == home.index)
                #expect(page.header("Daybook-Head") == "5" && page.header("Daybook-Epoch") == "\(store.epoch)")
                after = page.document["next"] as? String ?? ""
            }
            #expect(after == "\(store.epoch)/5")
            let other = try await client.log("\(1 - home.index)")
            #expect(other.events.isEmpty && other.document["head"] as? Int == 0)
        }
    }

    @Test func `has events with the attributes of a CloudEvent, and their data`() async throws {
        let store = try await boxStore(1)
        try await withLog(store) { client in
            let event = try #require(try await client.log("\(home.index)").events.first)
            let texts = [
                "specversion": "1.0", "source": "boxes", "type": "box.put", "subject": "box-1", "offset": "1",
                "partition": "\(home.index)", "epoch": "\(store.epoch)", "streamversion": "1", "schemaversion": "2",
                "correlationid": "c0", "actor": "ada", "datacontenttype": "application/json",
            ]
            for (name, text) in texts { #expect(event[name] as? String == text, "\(name)") }
            #expect(Set(event.keys) == Set(texts.keys).union(["id", "time", "recordedtime", "chain", "data"]))
            #expect((event["data"] as? [String: any Sendable])?["item"] as? String == "")
        }
    }

    @Test func `comes by pages that are bounded in bytes, but never by none`() async throws {
        let store = try await boxStore(3, size: 600_000)
        try await withLog(store) { client in
            let (first, second) = try await (
                client.log("\(home.index)?after=0"), client.log("\(home.index)?after=2")
            )
            #expect(first.offsets == ["1", "2"] && second.offsets == ["3"])
        }
        let large = try await boxStore(2, size: 2_000_000)
        try await withLog(large) { client in
            let page = try await client.log("\(home.index)?after=0")
            #expect(page.offsets == ["1"])
        }
    }

    @Test func `comes line by line, as many as were asked for`() async throws {
        let store = try await boxStore(250)
        try await withLog(store) { client in
            for (query, count) in [("", 100), ("?limit=230", 230), ("?after=240&limit=230", 10), ("?after=250", 0)] {
                let response = try await client.log("\(home.index)\(query)", accept: "application/x-ndjson")
                let lines = response.text.split(separator: "\n")
                #expect(lines.count == count && lines.allSatisfy { $0.contains(#""type":"box.put"}"#) })
                #expect(response.headers[.contentType] == "application/x-ndjson")
                #expect(response.header("Daybook-Head") == "250")
            }
        }
    }

    @Test(arguments: ["*/*", "application/x-ndjson", "text/event-stream"])
    func `goes on only behind an event of the same log`(accept: String) async throws {
        let store = try await boxStore(3)
        let (epoch, other) = ("\(store.epoch)", "00000000-0000-7000-8000-000000000000")
        let refused: [(query: String, id: String?, problem: String)] = [
            ("?after=4", nil, "beyond-head"), ("?after=\(epoch)/4", nil, "beyond-head"),
            ("?after=\(other)/1", nil, "other-log"), ("", "\(epoch)/4", "beyond-head"), ("", "\(other)/0", "other-log"),
            ("?after=0", "\(other)/1", "other-log"), ("", "2", "invalid-header"), ("", "/2", "invalid-header"),
            ("?after=\(epoch)", nil, "invalid-parameter"), ("?after=-1", nil, "invalid-parameter"),
            ("?after=\(epoch)/1/2", nil, "invalid-parameter"), ("?limit=0", nil, "invalid-parameter"),
            ("?last=1", nil, "unknown-parameter"),
        ]
        try await withLog(store) { client in
            for (query, id, problem) in refused {
                let response = try await client.log("\(home.index)\(query)", accept: accept, id: id)
                #expect(response.problem == problem, "\(query) \(id ?? "")")
                guard response.status == .conflict else { continue }
                #expect(response.document["head"] as? Int == 3 && response.document["epoch"] as? String == epoch)
            }
        }
    }

    @Test(arguments: ["2", "-1", "01", "p01", "x"]) func `has no other partitions`(name: String) async throws {
        try await withLog(try await boxStore(1)) { client in
            let response = try await client.log(name)
            #expect(response.status == .notFound && response.problem == "no-such-partition")
            #expect(response.document["partitions"] as? Int == 2)
        }
    }

    @Test func `shows what is before an entry that cannot be read`() async throws {
        let damaged = DamagedLog(try await boxStore(4), damaged: LogPlace(partition: home, offset: 3))
        try await withLog(damaged) { client in
            let first = try await client.log("\(home.index)?after=0")
            #expect(first.offsets == ["1"])
            #expect(try await client.log("\(home.index)?after=1").offsets == ["2"])
            #expect(try await client.log("\(home.index)?after=2").problem == "internal-error")
            #expect(try await client.log("\(home.index)?after=3").offsets == ["4"])
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The live tail of a partition` {
    @Test func `sends what waits, then what comes, each with its epoch and offset`() async throws {
        let store = try await boxStore(150)
        let routes = LogRoutes(log: store, source: "boxes", heartbeat: .seconds(3600))
        let written = WrittenText()
        let tail = Task { try await routes.tail(of: home, after: 100).body.write(written) }
        defer { tail.cancel() }
        try await eventually("what waits is sent", every: .milliseconds(5)) { written.text.contains("/150\n") }
        try await put(1, in: store)
        try await eventually("what comes is sent", every: .milliseconds(5)) { written.text.contains("/151\n") }
        let events = written.text.matches(of: #/id: ([-0-9a-f]+)/(\d+)\ndata: \{.*\}\n\n/#)
        #expect(events.allSatisfy { $0.output.1 == "\(store.epoch)" })
        let ids = events.map { String($0.output.2) }
        #expect(ids == (101...151).map { String($0) })
    }

    @Test func `takes no limit`() async throws {
        try await withLog(try await boxStore(1)) { client in
            let response = try await client.log("\(home.index)?limit=1", accept: "text/event-stream")
            #expect(response.problem == "invalid-parameter")
        }
    }

    @Test func `says now and then that it is still there`() async throws {
        let routes = LogRoutes(log: try await boxStore(1), source: "boxes", heartbeat: .milliseconds(5))
        let text = try await WrittenText.of(routes.tail(of: home, after: 0)) { $0.contains("}\n\n:\n\n:\n\n") }
        #expect(text.components(separatedBy: "data: ").count == 2)
    }
}
