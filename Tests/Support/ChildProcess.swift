public import Foundation

/// A program that a test starts, and may kill at any moment.
///
/// Not Foundation's `Process`: that one takes a child for alive as long as any grandchild is, and a broker that a
/// script left running is one.
public final class ChildProcess: Sendable {
    public let id: pid_t
    /// Where its standard output and error go.
    public let log: URL

    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        self.log = log
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
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

    public func send(_ signal: Int32) { kill(id, signal) }

    /// Waits for the end of the program; answers with its exit status, or 128 and the signal that ended it.
    @discardableResult
    public func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [id] in
                var status: Int32 = 0
                while waitpid(id, &status, 0) == -1 && errno == EINTR {}
                let signal = status & 0x7f
                continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
            }
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
        throw SupportError("\(call) exited with \(status), not \(expected)\n\(process.output)")
    }
    return process.output
}
