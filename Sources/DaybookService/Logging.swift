import Daybook
import Foundation
public import Logging

/// How a log record is written.
public enum LogFormat: String, Sendable {
    /// `2026-11-23T09:00:00.123Z info users-writer: message key=value`
    case text
    /// One JSON object.
    case json
}

/// Sends every log record of the process to standard error, one line each. To be called once, first thing.
///
/// - Parameters:
///   - level: the least severe level that is written.
///   - label: the program's name, written in every record.
public func bootstrapLogging(level: Logger.Level, format: LogFormat, label: String) {
    LoggingSystem.bootstrap { _ in
        LineLogHandler(format: format, label: label, logLevel: level)
    }
}

/// Sends every log record to standard error as `log.level` and `log.format` say. To be called once, first thing.
///
/// - Throws: `ConfigurationError` if the two settings are not declared.
public func bootstrapLogging(settings: Settings, label: String) throws {
    let level = Logger.Level(rawValue: try settings.string("log.level")) ?? .info
    let format = LogFormat(rawValue: try settings.string("log.format")) ?? .text
    bootstrapLogging(level: level, format: format, label: label)
}

struct LineLogHandler: LogHandler {
    let format: LogFormat
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

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
