import CoreMetrics
public import Daybook
import Foundation
public import Logging
public import ServiceLifecycle
import UnixSignals

/// Runs a daemon from its settings to its exit status: loads the configuration, sets up logging and metrics, builds
/// the services and runs them until SIGTERM or SIGINT, then stops them gracefully, last first. SIGHUP makes it read the
/// settings again. When a signal of the process's own ends it, such as a trap, the last line of its log names the signal
/// and what the code was at.
///
/// Exit status: 0 after a graceful stop, 78 when the configuration is wrong, 1 on any other failure.
public func runDaemon(
    name: String, settings declared: [Setting],
    build: (Settings, PrometheusRegistry, Logger) async throws -> [any Service]
) async -> Never {
    // A child process, or a reader of the log, that is gone is an error where it is written to.
    signal(SIGPIPE, SIG_IGN)
    EndingSignals.report(as: name, style: .text)
    await MainActor.run { EndingSignals.prepareThread() }
    do {
        try await runServices(of: name, settings: declared, build: build)
        exit(0)
    } catch let information as InformationRequested {
        do {
            // `print` would not notice a full disk.
            try FileHandle.standardOutput.write(contentsOf: Data(information.text.utf8))
            exit(0)
        } catch {
            complain("\(name): standard output cannot be written: \(error)")
            exit(1)
        }
    } catch let error as ConfigurationError {
        complain("\(name): \(error)")
        exit(78)
    } catch {
        complain("\(name): \(error)")
        exit(1)
    }
}

/// Builds the services from the settings, and runs them until they are told to stop.
private func runServices(
    of name: String, settings declared: [Setting],
    build: (Settings, PrometheusRegistry, Logger) async throws -> [any Service]
) async throws {
    // Before anything else: a terminal that is closed ends nothing.
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    let load = { @Sendable in
        try Settings.load(
            declared, arguments: Array(CommandLine.arguments.dropFirst()),
            environment: ProcessInfo.processInfo.environment, program: name)
    }
    let settings = try load()
    let threshold = try bootstrapLogging(settings: settings, label: name)
    if try settings.logFormat() == .json { EndingSignals.report(as: name, style: .json) }
    let logger = Logger(label: name)
    let registry = PrometheusRegistry()
    MetricsSystem.bootstrap(registry)
    let notifier = SystemdNotifier(environment: ProcessInfo.processInfo.environment, logger: logger)
    let start = notifier?.extendStart()
    var services = try await build(settings, registry, logger)
    start?.cancel()
    if let notifier { services.append(notifier) }
    services.append(
        SettingsReload(running: settings, threshold: threshold, signals: hangups, logger: logger, load: load))
    var configuration = ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = try settings.duration("shutdown.timeout")
    try await ServiceGroup(configuration: configuration).run()
    logger.info("stopped")
}

private func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
