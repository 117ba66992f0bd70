public import Daybook

/// The progress of a projection or a reaction, as its worker tells it.
public struct ProjectionReport: APIDocument, Equatable {
    /// The name of the projection or the reaction.
    public var projection: String
    /// The version of the code; `nil` for a reaction.
    public var version: Int?
    /// The writers whose events it posts; `nil` from a worker of an earlier version, which does not tell.
    public var sources: [Source]?
    /// Those of them that have not answered yet.
    public var waitsFor: [Source]
    /// The generation that serves; `nil` before the first one, and for a reaction.
    public var generation: Int?
    public var generations: [GenerationReport] = []
    /// The places that the file of a reaction has reached; `nil` when it cannot be read, and for a projection.
    public var checkpoints: [FileCheckpoint]?
    /// `true` when that file may still have something of what was forgotten up to there.
    public var hasRemains: Bool?
    /// Events that are set aside; `nil` where nothing serves, or the file cannot be read.
    public var parked: Int?
    /// Messages that are kept because they could not be read.
    public var unreadable: Int
    /// Older ones that were dropped, as there were too many; `nil` like ``parked``.
    public var unreadableDropped: Int?
    /// Events that were posted or reacted to, in a second, since the report before.
    public var eventsPerSecond: Double
    /// `true` when another process does it, and this one waits for the end of that.
    public var isStandby: Bool
    public var isPaused: Bool
    public var isConnected: Bool
    /// `true` when it has all that the logs of its sources are known to have.
    public var isCurrent: Bool
    /// Events that the logs have and it does not.
    public var lag: Int64
    /// Age of the last event that was posted, while there is a lag.
    public var lagSeconds: Double
    /// The reason why nothing can be posted.
    public var problem: String?
    /// The reason why the broker gives it no messages.
    public var connectionProblem: String?
    public var lanes: [LaneReport]

    /// Shows a status, without what only files say.
    public init(_ status: ProjectionStatus, sources: [Source], eventsPerSecond: Double) {
        projection = status.projection
        self.sources = sources
        waitsFor = status.awaitedSources
        unreadable = status.unreadable
        self.eventsPerSecond = eventsPerSecond
        isStandby = status.isStandby
        isPaused = status.isPaused
        isConnected = status.isConnected
        isCurrent = status.isCurrent
        lag = status.lag
        lagSeconds = status.lagSeconds
        problem = status.problem
        connectionProblem = status.connectionProblem
        lanes = status.lanes.map { LaneReport($0) }
    }

    public static let example: ProjectionReport = {
        var report = ProjectionReport(
            ProjectionStatus(projection: "users"), sources: [ExampleValues.source], eventsPerSecond: 1250.5)
        report.version = 1
        report.waitsFor = [ExampleValues.source]
        report.generation = 1
        report.generations = [.example]
        report.checkpoints = [.example]
        report.hasRemains = false
        report.parked = 1
        report.unreadable = 1
        report.unreadableDropped = 0
        report.lag = 2
        report.lagSeconds = 0.25
        report.problem = "the file cannot be written: SQLite error 13: database or disk is full"
        report.connectionProblem = "the queue daybook.users.p03 is of another kind"
        report.lanes = [.example]
        return report
    }()
}
