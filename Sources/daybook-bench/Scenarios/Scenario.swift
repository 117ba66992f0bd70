import Histogram

/// Something that is measured beside its yardstick, in turn with it.
protocol Scenario: AnyObject {
    /// The outcome of one run.
    var lines: [Line] { get }
    /// Latencies of all runs that count, in nanoseconds, where they are what is measured.
    var latencies: Histogram<UInt64>? { get set }

    func prepare() async throws

    /// One run of Daybook; a figure for each line.
    func ours() async throws -> [Double]

    /// One run of the yardstick; a figure for each line, `nil` where there is no yardstick.
    func yardstick() async throws -> [Double?]

    /// Stops what ``prepare()`` started.
    func finish() async
}

extension Scenario {
    var latencies: Histogram<UInt64>? {
        get { nil }
        set {}
    }

    func prepare() async throws {}

    func finish() async {}
}

/// A line of the table: a figure, and how it has to stand to its yardstick.
struct Line: Sendable {
    enum Unit: String, Sendable {
        case events = "events/s"
        case messages = "messages/s"
        case commands = "commands/s"
        case milliseconds = "ms"
    }

    let name: String
    let unit: Unit
    /// What ours over the yardstick's must be at least, for latencies at most; `nil` where nothing is asked.
    let must: Double?
    let goal: Double?

    var isLatency: Bool { unit == .milliseconds }
}
