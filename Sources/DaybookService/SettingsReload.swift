import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the settings again at each SIGHUP, which ends nothing. The log level is changed at once; of other changes the
/// log says that they need a restart.
struct SettingsReload: Service {
    /// The settings that the daemon runs with.
    let running: Settings
    let threshold: LogThreshold
    let signals: UnixSignalsSequence
    let logger: Logger
    /// Reads the settings as at the start.
    let load: @Sendable () throws -> Settings

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }

    func reload() {
        do {
            let fresh = try load()
            let changed = fresh.keys(differingFrom: running).filter { $0 != "log.level" }
            threshold.level = try fresh.logLevel()
            logger.notice(
                "settings were read again",
                metadata: ["log.level": "\(threshold.level)", "needs-restart": "\(changed.joined(separator: ","))"])
        } catch {
            logger.error(
                "settings cannot be used, the daemon goes on with the old ones", metadata: ["error": "\(error)"])
        }
    }
}
