import Foundation
import Synchronization

/// A program that was started here, and is ended here.
final class ChildProcess: Sendable {
    private static let running = Mutex<Set<pid_t>>([])

    let id: pid_t
    /// Where its standard output and error go.
    private let log: String

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
        self.log = log
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = merged.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // What this process does with signals is not what they are to do to others.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var id = pid_t()
        let status = posix_spawn(&id, program, &actions, &attributes, &argv, &envp)
        guard status == 0 else { throw BenchError("cannot start \(program): error \(status)") }
        self.id = id
        ChildProcess.running.withLock { [id] in _ = $0.insert(id) }
    }

    /// Waits for the end of the program; answers with its exit status, or 128 and the signal that ended it.
    func wait() async throws -> Int32 {
        try await onThread { [id] in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1 && errno == EINTR {}
            ChildProcess.running.withLock { _ = $0.remove(id) }
            let signal = status & 0x7f
            return signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
    }

    /// Tells it to stop, and waits until it has; a program that does not listen is ended.
    func stop() async {
        kill(id, SIGTERM)
        let insisting = Task { [id] in
            guard (try? await Task.sleep(for: .seconds(20))) != nil else { return }
            kill(id, SIGKILL)
        }
        _ = try? await wait()
        insisting.cancel()
    }

    /// Ends all that still run.
    static func endAll() {
        for id in running.withLock({ $0 }) { kill(id, SIGKILL) }
    }

    /// Everything it has printed so far.
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// The memory that it has now.
    func residentMebibytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
        else { throw BenchError("process \(id) has no memory") }
        return kilobytes / 1024
    }
}
