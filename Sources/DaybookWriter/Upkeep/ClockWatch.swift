import Daybook
import Logging
import Metrics
import ServiceLifecycle

/// Says when the clock jumps, and when recorded-at stands still because the clock is behind the last event.
struct ClockWatch: Service {
    let store: any WriterStore
    let logger: Logger

    private static let interval = Duration.seconds(10)

    func run() async throws {
        let ahead = Gauge(label: "daybook_recorded_ahead_seconds")
        await cancelWhenGracefulShutdown {
            var clock = ClockState()
            for await _ in Ticker(every: Self.interval, startsAtOnce: true) {
                // A store that cannot be read says so elsewhere.
                guard let recordedAt = try? await store.lastRecordedAt() else { continue }
                for finding in clock.look(at: .now(), elapsed: ContinuousClock.now, recordedAt: recordedAt) {
                    logger.warning("\(finding.message)", metadata: ["seconds": "\(finding.seconds)"])
                }
                ahead.record(clock.ahead)
            }
        }
    }
}

/// The state of the clock, as it was seen.
struct ClockState {
    enum Finding: Equatable {
        /// By so many seconds more than have passed, or less.
        case jumped(Double)
        /// By so many seconds.
        case isBehindLastEvent(Double)
        case hasCaughtUp

        var message: String {
            switch self {
            case .jumped: "the clock has jumped"
            case .isBehindLastEvent: "the clock is behind the last event, and recorded-at stands still"
            case .hasCaughtUp: "the clock has caught up with the last event"
            }
        }

        var seconds: Double {
            switch self {
            case .jumped(let seconds), .isBehindLastEvent(let seconds): seconds
            case .hasCaughtUp: 0
            }
        }
    }

    /// Seconds by which the last event's recorded-at is ahead of the clock.
    private(set) var ahead = 0.0
    private var last: (time: Timestamp, elapsed: ContinuousClock.Instant)?
    private var isBehind = false
    /// A clock that is corrected in smaller steps is a usual one.
    private static let tolerance = 5.0

    /// - Parameter elapsed: A clock that nobody sets.
    mutating func look(
        at time: Timestamp, elapsed: ContinuousClock.Instant, recordedAt: Timestamp
    ) -> [Finding] {
        var findings: [Finding] = []
        if let last {
            let jump = time.seconds(since: last.time) - (elapsed - last.elapsed) / .seconds(1)
            if abs(jump) > Self.tolerance { findings.append(.jumped(jump)) }
        }
        last = (time, elapsed)
        ahead = max(0, recordedAt.seconds(since: time))
        if isBehind != (ahead > Self.tolerance) {
            isBehind.toggle()
            findings.append(isBehind ? .isBehindLastEvent(ahead) : .hasCaughtUp)
        }
        return findings
    }
}

extension Timestamp {
    fileprivate func seconds(since other: Timestamp) -> Double {
        (Double(microseconds) - Double(other.microseconds)) / 1e6
    }
}
