import Logging
import Synchronization

/// Keeps what is logged.
final class Lines: Sendable {
    private let kept = Mutex<[(level: Logger.Level, text: String)]>([])

    var all: [(level: Logger.Level, text: String)] { kept.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let cause = event.metadata?["error"].map { ": \($0)" } ?? ""
            lines.kept.withLock { $0.append((event.level, "\(event.message)\(cause)")) }
        }
    }
}
