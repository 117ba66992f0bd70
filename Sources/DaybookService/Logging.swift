import Daybook
import Foundation
public import Logging
import Synchronization

/// The form of a log record.
public enum LogFormat: String, Sendable {
    /// `2026-11-23T09:00:00.123Z info users-writer: message key=value`
    case text
    /// One JSON object.
    case json
}

/// The least severe level that is logged. It may change while the process runs.
public final class LogThreshold: Sendable {
    private let stored: Mutex<Logger.Level>

    /// A threshold at this level.
    public init(_ level: Logger.Level) {
        stored = Mutex(level)
    }

    /// The level now.
    public var level: Logger.Level {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

/// Sends every log record of the process to standard error, one line each. To be called once, first thing.
///
/// - Parameters:
///   - threshold: the least severe level that is written, by every logger that is given none of its own.
///   - label: the program's name, written in every record.
public func bootstrapLogging(threshold: LogThreshold, format: LogFormat, label: String) {
    LoggingSystem.bootstrap { _ in
        LineLogHandler(format: format, label: label, threshold: threshold)
    }
}

/// Sends every log record to standard error as `log.level` and `log.format` say. To be called once, first thing.
///
/// - Returns: What changes the level later.
/// - Throws: `ConfigurationError` if the two settings are not declared.
public func bootstrapLogging(settings: Settings, label: String) throws -> LogThreshold {
    let threshold = LogThreshold(try settings.logLevel())
    bootstrapLogging(threshold: threshold, format: try settings.logFormat(), label: label)
    return threshold
}

extension Settings {
    /// The value of `log.level`.
    ///
    /// - Throws: `ConfigurationError` if it is not declared.
    func logLevel() throws -> Logger.Level { Logger.Level(rawValue: try string("log.level")) ?? .info }

    /// The value of `log.format`.
    ///
    /// - Throws: `ConfigurationError` if it is not declared.
    func logFormat() throws -> LogFormat { LogFormat(rawValue: try string("log.format")) ?? .text }
}

struct LineLogHandler: LogHandler {
    let format: LogFormat
    let label: String
    let threshold: LogThreshold
    /// The level of this logger alone.
    private var own: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(format: LogFormat, label: String, threshold: LogThreshold) {
        self.format = format
        self.label = label
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        fields.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        fields.merge(event.metadata ?? [:]) { _, new in new }
        if let error = event.error { fields["error"] = "\(error)" }
        writeToStandardError(line(event, fields.mapValues { "\($0)" }, at: Date()) + "\n")
    }

    /// The record as one line, whatever its message and metadata hold.
    func line(_ event: LogEvent, _ fields: [String: String], at instant: Date) -> String {
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(instant)
        switch format {
        case .text:
            let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\(quotedIfNeeded($0.value))" }
            let message = "\(event.message)".split(whereSeparator: \.isNewline).joined(separator: " | ")
            return "\(time) \(event.level) \(label): \(message)\(pairs.joined())"
        case .json:
            let record: [String: JSONData] = [
                "time": .text(time), "level": .text(event.level.rawValue), "label": .text(label),
                "message": .text("\(event.message)"), "metadata": .object(fields.mapValues(JSONData.text)),
            ]
            return JSONData.object(record).line
        }
    }

    private func quotedIfNeeded(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy { scalar in
            let isInvisible = scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
            return !isInvisible && scalar != "\"" && scalar != "="
        }
        return isPlain && !value.isEmpty ? value : value.debugDescription
    }
}

/// Writes in as few system calls as it takes, so that records of several threads do not mix.
private func writeToStandardError(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if written > 0 {
            rest.removeFirst(written)
        } else if errno != EINTR {
            return
        }
    }
}
