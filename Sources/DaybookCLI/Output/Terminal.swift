import ArgumentParser
import Foundation

/// A write to standard output that failed.
struct OutputError: Error, CustomStringConvertible {
    /// The number of the system's error.
    let code: Int32

    var description: String { "standard output cannot be written: \(String(cString: strerror(code)))" }

    /// Ends a command: without a word when nobody reads any more, as with `| head -1`, else with a complaint.
    ///
    /// - Throws: `ExitCode` for the status to leave with.
    func end() throws {
        if code == EPIPE { return }
        Terminal.complain(description)
        throw ExitCode(ExitStatus.failure.rawValue)
    }
}

/// The standard streams.
enum Terminal {
    /// `true` when standard output is a terminal.
    static var isInteractive: Bool {
        isatty(STDOUT_FILENO) == 1
    }

    /// The number of characters that a line may have, `nil` if nothing is to be cut because a program reads it.
    static var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 120
    }

    /// Prints a line at once. Not with `print`, which keeps lines back and does not tell that they cannot be written.
    ///
    /// - Throws: `OutputError`.
    static func print(_ line: String) throws {
        try write(line + "\n", to: STDOUT_FILENO)
    }

    /// Prints lines that have their ends, at once and as they are.
    ///
    /// - Throws: `OutputError`.
    static func print(lines: [UInt8]) throws { try write(Data(lines), to: STDOUT_FILENO) }

    /// Prints a line to standard error.
    static func complain(_ line: String) {
        // There is nobody left to tell if this fails.
        try? write("\(Tool.name): \(line)\n", to: STDERR_FILENO)
    }

    /// Prints over the line at hand on a terminal; elsewhere only the last text is printed, as a line.
    static func overwrite(_ text: String, isLast: Bool) throws {
        if isInteractive {
            try write("\r\u{1B}[K\(text)\(isLast ? "\n" : "")", to: STDOUT_FILENO)
        } else if isLast {
            try print(text)
        }
    }

    /// Empties the screen, if there is one.
    static func clear() throws {
        if isInteractive { try write("\u{1B}[H\u{1B}[2J", to: STDOUT_FILENO) }
    }

    private static func write(_ text: String, to descriptor: Int32) throws {
        try write(Data(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: Data, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            let error = errno
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if error == EAGAIN {
                usleep(1000)
            } else if error != EINTR {
                throw OutputError(code: error)
            }
        }
    }
}

/// The text without what could move a terminal's cursor or change its colours.
func printable(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
    return String(String.UnicodeScalarView(scalars))
}
