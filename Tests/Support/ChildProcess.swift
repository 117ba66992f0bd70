public import Foundation
import Synchronization

/// A program that a test starts, and may kill at any moment. It ends with this object at the latest.
///
/// Not Foundation's `Process`: that one takes a child for alive as long as any grandchild is, and a broker that a
/// script left running is one.
public final class ChildProcess: Sendable {
    public let id: pid_t
    /// Where its standard output and error go.
    public let log: URL
    /// What it ended with, once somebody has waited for it: from then on its id may be another one's.
    private let status = Mutex<Int32?>(nil)
    private let overdue = Mutex(false)

    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        self.log = log
        var merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // The tests' own output is by the line, as `deploy/watched` sees to; a program's is as everywhere else.
        merged["_STDBUF_O"] = nil
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = merged.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.receiveSignals(&attributes)
        var id = pid_t()
        let status = posix_spawnp(&id, program, &actions, &attributes, &argv, &envp)
        guard status == 0 else { throw SupportError("cannot start \(program): error \(status)") }
        self.id = id
    }

    /// Lets the child receive signals that end it: the thread that starts it may block them, and a shell may ignore them.
    private static func receiveSignals(_ attributes: inout posix_spawnattr_t) {
        var (none, ending) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&ending)
        for signal in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&ending, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &ending)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    /// A test that fails waits for nobody, and what swift-testing uses to wait for exit tests would see nothing behind a
    /// child that has ended and that nobody waits for.
    deinit {
        send(SIGKILL)
        _ = waitForEnd()
    }

    public func send(_ signal: Int32) { status.withLock { if $0 == nil { kill(id, signal) } } }

    /// Whether it was killed because it did not end in time.
    public var wasOverdue: Bool { overdue.withLock { $0 } }

    /// Waits for the end of the program; answers with its exit status, or 128 and the signal that ended it. One that
    /// does not end within the limit is killed.
    @discardableResult
    public func wait(within limit: Duration = .seconds(600)) async -> Int32 {
        let deadline = Task {
            try await Task.sleep(for: limit)
            overdue.withLock { $0 = true }
            send(SIGKILL)
        }
        defer { deadline.cancel() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.waitForEnd()) }
        }
    }

    private func waitForEnd() -> Int32 {
        if let status = status.withLock({ $0 }) { return status }
        // It keeps its id until the lock is taken, so that no signal goes to another one.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
        return status.withLock { status in
            if let status { return status }
            var word: Int32 = 0
            while waitpid(id, &word, 0) == -1 && errno == EINTR {}
            let signal = word & 0x7f
            let result = signal == 0 ? (word >> 8) & 0xff : 128 + signal
            status = result
            return result
        }
    }

    /// How long it has kept processors busy so far.
    public func processorSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        // The name in parentheses may have spaces in it.
        let fields = text[text.index(after: text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        let ticks = [11, 12].reduce(0) { $0 + (Double(fields[$1]) ?? 0) }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Everything it has printed so far.
    public var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}

/// Runs a program to its end and answers with what it printed.
@discardableResult
public func shell(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], expecting expected: Int32 = 0
) async throws -> String {
    let log = FileManager.default.temporaryDirectory.appending(path: "daybook-test-\(UUID()).log")
    defer { try? FileManager.default.removeItem(at: log) }
    let process = try ChildProcess(program, arguments, environment: environment, log: log)
    let status = await process.wait()
    guard status == expected else {
        let call = ([program] + arguments).joined(separator: " ")
        let end = process.wasOverdue ? "did not end" : "exited with \(status), not \(expected)"
        throw SupportError("\(call) \(end)\n\(process.output)")
    }
    return process.output
}
