import Logging
import Synchronization

/// The messages that were logged.
final class CapturedLog: Sendable {
    private struct Handler: LogHandler {
        let owner: CapturedLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { owner.messages.withLock { $0.append("\(event.message)") } }
    }

    private let messages = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(owner: self) } }

    func has(_ text: String) -> Bool { messages.withLock { $0.contains { $0.contains(text) } } }
}
