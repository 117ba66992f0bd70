import DaybookService
import Foundation
import TestSupport
import Testing

/// What is started ends with whoever started it: a test that hangs tells nothing.
@Suite struct `A child process` {
    @Test func `is killed when it does not end in time`() async throws {
        try await withTemporaryFolder { folder in
            let process = try ChildProcess("sleep", ["600"], log: folder.appending(path: "log"))
            #expect(await process.wait(within: .milliseconds(100)) == 128 + SIGKILL && process.wasOverdue)
        }
    }

    @Test func `is gone with its object, also when nobody has waited for it`() async throws {
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

    @Test func `has no open files of its parent`() async throws {
        try await withTemporaryFolder { folder in
            let descriptor = dup(STDERR_FILENO)
            defer { close(descriptor) }
            let process = try ChildProcess(
                "sh", ["-c", "test ! -e /proc/$$/fd/\(descriptor)"], log: folder.appending(path: "log"))
            #expect(await process.wait() == 0)
        }
    }

    @Test func `is ended by a signal that the thread which started it blocks`() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "log")
            func startBlocking() throws -> ChildProcess {
                var blocked = sigset_t()
                var before = sigset_t()
                sigemptyset(&blocked)
                sigaddset(&blocked, SIGTERM)
                pthread_sigmask(SIG_BLOCK, &blocked, &before)
                defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
                return try ChildProcess("sleep", ["600"], log: log)
            }
            let process = try startBlocking()
            process.send(SIGTERM)
            #expect(await process.wait(within: .seconds(10)) == 128 + SIGTERM)
        }
    }

    @Test func `that cannot be started is an error`() throws {
        #expect(throws: POSIXError.self) {
            try ChildProcess("/none", environment: [:], output: .descriptor(STDOUT_FILENO))
        }
    }
}
