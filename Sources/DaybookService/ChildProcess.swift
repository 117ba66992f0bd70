import Foundation
package import Glibc
import Synchronization

/// A program that this process starts, and can signal at any moment. It ends with this object at the latest.
///
/// Foundation's `Process` takes a child for alive as long as any grandchild is, and a library that lends a child to a
/// closure could not kill it from elsewhere.
package final class ChildProcess: Sendable {
    /// The destination of what the program prints.
    package enum Output: Sendable {
        /// Standard output and error go to the end of a file, which is made where there is none.
        case file(String)
        /// Standard output goes to an open descriptor; standard error is that of this process.
        case descriptor(Int32)
    }

    /// The process id. It belongs to nobody else until the end of the program was waited for.
    package let id: pid_t
    private let destination: Output
    /// The exit status, once the end was waited for.
    private let status = Mutex<Int32?>(nil)
    private let overdue = Mutex(false)

    private static let running = Mutex<Set<pid_t>>([])

    /// Starts a program.
    ///
    /// The child has no other open files than the standard ones, and receives the signals that end it, whatever this
    /// process does with them.
    ///
    /// - Parameters:
    ///   - program: A path, or a name that is looked for in `PATH`.
    ///   - environment: All of it.
    ///   - input: An open descriptor; without one the program reads nothing.
    /// - Throws: `POSIXError` when the program cannot be started.
    package init(
        _ program: String, arguments: [String] = [], environment: [String: String], input: Int32? = nil, output: Output
    ) throws {
        destination = output
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var actions = Self.fileActions(input: input, output: output)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = Self.attributesWithSignals()
        defer { posix_spawnattr_destroy(&attributes) }
        var id = pid_t()
        let code = posix_spawnp(&id, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
        self.id = id
        Self.running.withLock { [id] in _ = $0.insert(id) }
    }

    private static func fileActions(input: Int32?, output: Output) -> posix_spawn_file_actions_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        switch output {
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
        }
        for descriptor in openDescriptors where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        return actions
    }

    /// The descriptors of this process. To close one that is gone meanwhile does no harm.
    private static var openDescriptors: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }
    }

    /// The thread that starts a child may block signals, and this process or a shell may ignore them.
    private static func attributesWithSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        var ending = sigset_t()
        sigemptyset(&none)
        sigemptyset(&ending)
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGPIPE] { sigaddset(&ending, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &ending)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return attributes
    }

    /// A child that nobody waits for would be in the way of others who wait for any child.
    deinit {
        send(SIGKILL)
        _ = waitForEnd()
    }

    /// Sends a signal, unless the end of the program was waited for.
    package func send(_ signal: Int32) { status.withLock { if $0 == nil { kill(id, signal) } } }

    /// `true` when it was killed because it did not end in time.
    package var wasOverdue: Bool { overdue.withLock { $0 } }

    /// Waits for the end of the program, and kills it at the end of the limit.
    ///
    /// - Returns: The exit status, or 128 and the signal that ended it.
    @discardableResult
    package func wait(within limit: Duration = .seconds(600)) async -> Int32 {
        let deadline = Task {
            try await Task.sleep(for: limit)
            overdue.withLock { $0 = true }
            send(SIGKILL)
        }
        defer { deadline.cancel() }
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: self.waitForEnd()) }
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
            Self.running.withLock { _ = $0.remove(id) }
            let signal = word & 0x7f
            let result = signal == 0 ? (word >> 8) & 0xff : 128 + signal
            status = result
            return result
        }
    }

    /// Kills every program that was started here and still runs.
    package static func endAll() {
        for id in running.withLock({ $0 }) { kill(id, SIGKILL) }
    }

    /// All that has been printed to the file so far.
    package var output: String {
        guard case .file(let path) = destination else { return "" }
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
