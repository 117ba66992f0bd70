import Foundation
import Logging
import Synchronization
import Testing
import UnixSignals

@testable import DaybookService

/// Keeps what is logged.
private final class Records: Sendable {
    private let kept = Mutex<[String]>([])
    var all: [String] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(records: self) } }

    private struct Handler: LogHandler {
        let records: Records
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            records.kept.withLock { $0.append("\(event.level) \(event.message) \(fields)") }
        }
    }
}

@Suite struct `Settings that are read again` {
    /// Reads settings from one text, then again from another.
    private func reload(_ before: String, then after: String) async throws -> (level: Logger.Level, records: [String]) {
        let records = Records()
        let file = Mutex(before)
        let read = { @Sendable in try load(file: file.withLock { $0 }) }
        let threshold = LogThreshold(.info)
        let reload = SettingsReload(
            running: try read(), threshold: threshold, signals: await UnixSignalsSequence(trapping: []),
            logger: records.logger, load: read)
        file.withLock { $0 = after }
        reload.reload()
        return (threshold.level, records.all)
    }

    @Test func `change the level at once, and say what needs a restart`() async throws {
        let (level, records) = try await reload(
            "log:\n  level: info\n", then: "log:\n  level: debug\nhttp:\n  port: 81\nstore:\n  path: b.sqlite\n")
        #expect(level == .debug)
        #expect(records == ["notice settings were read again log.level=debug needs-restart=store.path,http.port"])
    }

    @Test func `that cannot be used change nothing`() async throws {
        let (level, records) = try await reload("log:\n  level: info\n", then: "log:\n  level: loud\n")
        #expect(level == .info)
        #expect(records.count == 1 && records.first?.hasPrefix("error settings cannot be used") == true)
    }

    @Test func `do not change the level of a logger that has its own`() {
        let threshold = LogThreshold(.info)
        let (common, own) = (
            Logger(label: "a") { _ in LineLogHandler(format: .text, label: "t", threshold: threshold) },
            Logger(label: "b") { _ in
                var handler = LineLogHandler(format: .text, label: "t", threshold: threshold)
                handler.logLevel = .error
                return handler
            }
        )
        #expect(common.logLevel == .info && own.logLevel == .error)
        threshold.level = .trace
        #expect(common.logLevel == .trace && own.logLevel == .error)
    }
}
