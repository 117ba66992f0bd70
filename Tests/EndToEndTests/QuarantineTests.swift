import AsyncHTTPClient
import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// A writer whose domain ends the process, as often as it is asked to.
private final class FragileWriter: Sendable {
    let folder: URL
    let port: Int

    init(in folder: URL) throws {
        self.folder = folder
        port = try freePorts(1)[0]
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var store: String { folder.appending(path: "store.sqlite").path }

    func start(
        _ program: String = Deployment.program("fragile-writer"), isMended: Bool = false, hasKeys: Bool = false
    ) async throws -> ChildProcess {
        var environment = [
            "DAYBOOK_STORE_PATH": store, "DAYBOOK_HTTP_PORT": "\(port)", "DAYBOOK_LOG_LEVEL": "info",
            "DAYBOOK_BROKER_URL": try TestBroker.url(), "DAYBOOK_SOURCE": "fragile-writer",
        ]
        if hasKeys { environment["DAYBOOK_KEYS_PATH"] = folder.appending(path: "keys.sqlite").path }
        if isMended { environment["FRAGILE_MENDED"] = "1" }
        let process = try ChildProcess(
            program, [], environment: environment, log: folder.appending(path: "writer.log"))
        try await eventually("the writer answers: \(process.output.suffix(2000))") {
            try await send("GET", "/health/live").status == 200
        }
        return process
    }

    /// Makes a program that differs in one byte from another one, which is another version.
    func version(_ name: String, of program: String = Deployment.program("fragile-writer")) throws -> String {
        let version = folder.appending(path: name)
        try FileManager.default.copyItem(atPath: program, toPath: version.path)
        let handle = try FileHandle(forWritingTo: version)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        return version.path
    }

    func send(_ method: String, _ path: String, _ body: String = "") async throws -> (status: Int, text: String) {
        var request = HTTPClientRequest(url: url + path)
        request.method = .RAW(value: method)
        if method == "POST" { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), String(buffer: bytes))
    }

    func knock(_ vase: String, _ strength: Int) async throws -> (status: Int, text: String) {
        try await send("POST", "/v1/vase/\(vase)/knock", #"{"strength":\#(strength)}"#)
    }

    /// Sends what ends the process, and waits for its end.
    func end(_ process: ChildProcess, _ method: String, _ path: String, _ body: String = "") async throws {
        await #expect(throws: (any Error).self) { try await self.send(method, path, body) }
        let status = await process.wait()
        #expect(status > 128 && status != 128 + SIGKILL, "\(status)")
    }

    func quarantined() async throws -> String {
        try await shell(Deployment.program("daybook"), ["streams", "quarantined", "--writer", url])
    }
}

@Suite(.enabled(if: TestBroker.isRunning)) struct `A domain that ends the process` {
    private func withWriter(_ body: (FragileWriter) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(FragileWriter(in: $0)) }
    }

    private func stored(_ writer: FragileWriter) async throws -> Int {
        try await SQLiteEventStore(path: writer.store).read(after: .zero, limit: 1000).count
    }

    /// Appends as a library would, which asks no domain.
    private func append(_ writer: FragileWriter, _ events: [(vase: String, strength: Int, schema: Int)]) async throws {
        let store = try SQLiteEventStore(path: writer.store)
        for (vase, strength, schema) in events {
            let event = NewEvent(
                id: .new(), type: "knocked", schemaVersion: schema, occurredAt: .now(),
                data: Array(#"{"strength":\#(strength)}"#.utf8), metadata: try EventMetadata.new().encoded())
            _ = try await store.append(
                AppendRequest(stream: StreamName("vase-\(vase)"), expected: .any, events: [event]))
        }
    }

    private func expectOthersAtTheirPace(_ writer: FragileWriter) async throws {
        let start = ContinuousClock.now
        for number in 0..<100 { #expect(try await writer.knock("other-\(number)", 1).status == 200) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `stores nothing of the command, which is refused from the next start on`() async throws {
        try await withWriter { writer in
            var process = try await writer.start()
            #expect(try await writer.knock("a", .max).status == 200)
            try await writer.end(process, "POST", "/v1/vase/a/knock", #"{"strength":1}"#)
            #expect(try await stored(writer) == 1)
            // The log of both processes is one file.
            let last = process.output.split(separator: "\n").filter { $0.contains("ended by signal") }
            #expect(last.count == 1 && last.first?.contains(" critical fragile-writer: ended by signal") == true)
            #expect(last.first?.hasSuffix(") command=knock stream=vase-a") == true, "\(last)")
            process = try await writer.start()
            #expect(process.output.contains("quarantined: the code ends the process at it"))
            let refused = try await writer.knock("a", 1)
            #expect(refused.status == 422 && refused.text.contains(#""code":"command-quarantined""#))
            // The stream itself and other commands on it are as before.
            #expect(try await writer.knock("a", -5).status == 200)
            #expect(try await writer.send("GET", "/v1/vase/a").text.contains("\(Int.max - 5)"))
            try await expectOthersAtTheirPace(writer)
            let shown = try await writer.quarantined()
            #expect(shown.contains("vase-a") && shown.contains("knock"))
            // What another body does is found out again, three times at most.
            try await writer.end(process, "POST", "/v1/vase/b/shatter", #"{"with":"a hammer"}"#)
            process = try await writer.start()
            try await writer.end(process, "POST", "/v1/vase/b/shatter", #"{"with":"a stone"}"#)
            process = try await writer.start()
            try await writer.end(process, "POST", "/v1/vase/b/shatter", #"{"with":"a foot"}"#)
            process = try await writer.start()
            #expect(try await writer.send("POST", "/v1/vase/b/shatter", #"{"with":"a bird"}"#).status == 422)
            #expect(try await writer.send("GET", "/metrics").text.contains(#"daybook_quarantined{kind="command"} 4"#))
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
        }
    }

    @Test func `loses a stream that cannot be read, and no other, until another version reads it`() async throws {
        try await withWriter { writer in
            try await append(writer, [("a", .max, 1), ("a", 1, 1), ("b", 1, 0), ("c", 3, 1)])
            var process = try await writer.start()
            for vase in ["a", "b"] {
                try await writer.end(process, "GET", "/v1/vase/\(vase)")
                process = try await writer.start()
                let answer = try await writer.send("GET", "/v1/vase/\(vase)")
                #expect(answer.status == 503 && answer.text.contains(#""code":"stream-quarantined""#))
                #expect(try await writer.knock(vase, 1).status == 503)
            }
            #expect(try await writer.send("GET", "/v1/vase/c").text.contains(#""strength":3"#))
            try await expectOthersAtTheirPace(writer)
            #expect(try await writer.send("GET", "/v1/events").text.contains("vase-a"))
            #expect(try await writer.quarantined().contains("vase-b"))
            process.send(SIGTERM)
            #expect(await process.wait() == 0)

            // Of another version: what still cannot be read stays where it is.
            let other = try writer.version("other-writer")
            process = try await writer.start(other)
            #expect(try await writer.send("GET", "/v1/vase/a").status == 503)
            process.send(SIGTERM)
            #expect(await process.wait() == 0)

            process = try await writer.start(writer.version("mended-writer", of: other), isMended: true)
            #expect(try await writer.send("GET", "/v1/vase/a").status == 200)
            #expect(try await writer.send("GET", "/v1/vase/b").text.contains(#""strength":1"#))
            #expect(try await writer.quarantined().contains("nothing is quarantined"))
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
        }
    }

    /// A forgetting that was begun is gone on with at each start.
    @Test(arguments: [true, false])
    func `loses a stream that cannot be forgotten, until another version forgets it`(isSealed: Bool) async throws {
        try await withWriter { writer in
            var process = try await writer.start(hasKeys: isSealed)
            #expect(try await writer.send("POST", "/v1/vase/a/sign", #"{"by":"Ada"}"#).status == 200)
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
            process = try await writer.start(hasKeys: true)
            try await writer.end(process, "DELETE", "/v1/vase/a/personal-data")
            process = try await writer.start(hasKeys: true)
            #expect(process.output.contains("quarantined: the code ends the process at it"))
            #expect(process.output.contains("not wholly forgotten, tried again at the next start"))
            let answer = try await writer.send("DELETE", "/v1/vase/a/personal-data")
            #expect(answer.status == 503 && answer.text.contains(#""code":"stream-quarantined""#))
            #expect(try await writer.knock("b", 1).status == 200)
            process.send(SIGTERM)
            #expect(await process.wait() == 0)

            process = try await writer.start(writer.version("mended-writer"), isMended: true, hasKeys: true)
            #expect(process.output.contains("forgotten, after it was interrupted"))
            #expect(try await writer.quarantined().contains("nothing is quarantined"))
            #expect(try await writer.send("DELETE", "/v1/vase/a/personal-data").status == 200)
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
        }
    }

    /// The trial of a command ends as the writer did, and by itself it does not end.
    @Test func `is not what a command is taken for at whose trial the process is killed from outside`() async throws {
        try await withWriter { writer in
            var process = try await writer.start()
            await #expect(throws: (any Error).self) {
                try await writer.send("POST", "/v1/vase/a/shatter", #"{"with":"a signal"}"#)
            }
            #expect(await process.wait() == 128 + SIGKILL)
            process = try await writer.start()
            #expect(process.output.contains("the process before did not end at what it was at"))
            #expect(try await writer.quarantined().contains("nothing is quarantined"))
            #expect(try await writer.knock("a", 1).status == 200)
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
        }
    }

    @Test func `is not what a writer is taken for that was killed from outside`() async throws {
        let kills = LongForm.isOn ? 200 : 10
        try await withWriter { writer in
            for _ in 0..<kills {
                let process = try await writer.start()
                await withTaskGroup(of: Void.self) { tasks in
                    for client in 0..<8 {
                        tasks.addTask {
                            for number in 0..<1000 {
                                let knocked = try? await writer.knock("\(client)-\(number % 5)", 1)
                                if knocked == nil { return }
                            }
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
                    process.send(SIGKILL)
                    await process.wait()
                }
            }
            let process = try await writer.start()
            #expect(try await writer.quarantined().contains("nothing is quarantined"))
            process.send(SIGTERM)
            #expect(await process.wait() == 0)
        }
    }
}
