import Daybook
import DaybookService

/// The lag with which a projection or a reaction still counts as ready.
struct ReadinessLimits: Sendable {
    private let events: Int64?
    private let seconds: Double?

    /// - Throws: `ConfigurationError`.
    init(_ settings: Settings) throws {
        let (events, time) = (
            try settings.integer("readiness.longest-lag"), try settings.duration("readiness.longest-lag-time")
        )
        self.events = events > 0 ? Int64(events) : nil
        seconds = time > .zero ? time / .seconds(1) : nil
    }

    func check(_ status: ProjectionStatus) -> Readiness {
        let problem = problem(status)
        let detail = problem ?? (status.isPaused ? "paused" : "lag \(status.lag)")
        return Readiness(name: status.projection, isReady: problem == nil, detail: detail)
    }

    private func problem(_ status: ProjectionStatus) -> String? {
        if let trouble = status.publicTrouble { return trouble }
        if let events, status.lag > events { return "\(status.lag) events behind, more than \(events)" }
        if let seconds, status.lagSeconds > seconds {
            return "\(Int(status.lagSeconds)) s behind, more than \(Int(seconds)) s"
        }
        return nil
    }
}
