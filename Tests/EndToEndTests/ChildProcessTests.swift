import Foundation
import TestSupport
import Testing

/// What the tests start ends with them: a test that hangs tells nothing.
@Suite struct `A program that a test has started` {
    @Test func `is killed when it does not end in time`() async throws {
        try await withTemporaryFolder { folder in
            let process = try ChildProcess("sleep", ["600"], log: folder.appending(path: "log"))
            #expect(await process.wait(within: .milliseconds(100)) == 128 + SIGKILL && process.wasOverdue)
        }
    }

    @Test func `is gone with the test, also when that has not waited for it`() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "log")
            func start() throws -> pid_t { try ChildProcess("sleep", ["600"], log: log).id }
            let id = try start()
            #expect(kill(id, 0) == -1 && errno == ESRCH)
        }
    }

    @Test func `ends with its status, or with its signal, however often that is asked for`() async throws {
        try await withTemporaryFolder { folder in
            for (end, status) in [("exit 3", 3), ("kill -TERM $$", 128 + SIGTERM)] {
                let process = try ChildProcess("sh", ["-c", end], log: folder.appending(path: "log"))
                async let first = process.wait()
                async let second = process.wait()
                #expect(await first == status)
                #expect(await second == status)
                #expect(await process.wait() == status && !process.wasOverdue)
            }
        }
    }
}
