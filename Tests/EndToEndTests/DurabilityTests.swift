import Foundation
import TestSupport
import Testing

/// A process that is killed loses nothing that the kernel has, so killing alone proves no flush: this looks at the
/// flushes themselves, and at what is said after them.
@Suite(.enabled(if: TestBroker.isRunning)) struct `Every commit is on the disk` {
    /// What a process has flushed, answered and acknowledged since a place in its trace.
    private func trace(_ file: URL, after count: Int = 0) -> ArraySlice<String> {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        // The last line may be half written.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
        return lines.dropFirst(count)
    }

    private func create(_ user: Int, _ deployment: Deployment) async throws {
        let body = #"{"email":"u\#(user)@example.com","name":"A"}"#
        #expect(try await deployment.post("/v1/user/u\(user)/create", body).status == 200)
    }

    @Test func `before a command is answered, and before a message is acknowledged`() async throws {
        try await Deployment.with { deployment in
            func path(_ name: String) -> URL { deployment.folder.appending(path: name) }
            let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "flushes.c").path
            try await shell("cc", ["-shared", "-fPIC", source, "-ldl", "-o", path("flushes.so").path])
            let (writer, worker) = (path("writer.trace"), path("worker.trace"))
            func settings(_ file: URL) -> [String: String] {
                ["LD_PRELOAD": path("flushes.so").path, "DAYBOOK_TEST_FLUSHES": file.path]
            }
            try await deployment.start(
                .writer, settings: settings(writer).merging(["DAYBOOK_KEYS_PATH": path("keys.sqlite").path]) { $1 })
            try await deployment.start(.statistics, settings: settings(worker))
            for user in 0..<20 {
                let (answered, acknowledged) = (trace(writer).count, trace(worker).count)
                try await create(user, deployment)
                let beforeAnswer = trace(writer, after: answered).prefix { $0 != "answer" }
                // The key first: what it has sealed is of no use without it.
                for file in ["keys.sqlite-journal", "keys.sqlite"] { #expect(beforeAnswer.contains("flush \(file)")) }
                let afterKey = beforeAnswer.drop { $0 != "flush keys.sqlite" }
                #expect(afterKey.contains("flush store.sqlite-wal"), "\(beforeAnswer)")
                try await deployment.waitUntilCurrent(.statistics, head: Int64(user + 1))
                try await eventually("the message is acknowledged", every: .milliseconds(5)) {
                    trace(worker, after: acknowledged).contains("ack")
                }
                // The first one may be among what the read model was built of.
                if user == 0 { continue }
                let beforeAck = trace(worker, after: acknowledged).prefix { $0 != "ack" }
                #expect(beforeAck.contains("flush g000001.sqlite-wal"), "\(beforeAck)")
            }
        }
    }
}
