import Foundation
import TestSupport
import Testing

/// A process that is killed loses nothing that the kernel has, so killing alone proves no flush: this counts them.
@Suite(.enabled(if: TestBroker.isRunning)) struct `Every commit is on the disk` {
    @Test func `before a command is answered, and before a message is acknowledged`() async throws {
        try await Deployment.with { deployment in
            let library = deployment.folder.appending(path: "flushes.so").path
            let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "flushes.c").path
            try await shell("cc", ["-shared", "-fPIC", source, "-ldl", "-o", library])
            func settings(_ name: String) -> [String: String] {
                ["LD_PRELOAD": library, "DAYBOOK_TEST_FLUSHES": deployment.folder.appending(path: name).path]
            }
            func flushes(_ name: String) -> Int {
                (try? Data(contentsOf: deployment.folder.appending(path: name)))?.count ?? 0
            }
            try await deployment.start(.writer, settings: settings("writer"))
            try await deployment.start(.users, settings: settings("worker"))
            for index in 0..<20 {
                let before = flushes("writer")
                let body = #"{"email":"u\#(index)@example.com","name":"A"}"#
                #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
                #expect(flushes("writer") > before)
                try await deployment.waitUntilCurrent(.users, head: Int64(index + 1))
                #expect(flushes("worker") > index)
            }
        }
    }
}
