public import Daybook

/// The progress of one generation of a projection, whichever worker feeds it.
public struct GenerationReport: APIDocument, Equatable {
    /// The parts that a generation has in its read model.
    public enum Role: String, Sendable, Codable, CaseIterable {
        /// It is filled from history, and nobody reads it.
        case building
        /// Readers are led to it.
        case serving
        /// It has served before, and could again.
        case previous
        /// Its file cannot be read, or was not finished being made.
        case damaged
    }

    public var number: Int
    /// The version of the projection; `nil` for a damaged one.
    public var version: Int?
    public var role: Role
    /// `true` when the worker that answers posts to it. One that nobody feeds is frozen.
    public var isFed: Bool
    /// `true` when it waits for an operator's word before it serves.
    public var isHeld: Bool
    /// The reason why it does not serve although it is built.
    public var refusal: String?
    /// The reason why it cannot be read, go on, or take over.
    public var problem: String?
    /// Events that it has.
    public var done: Int64
    /// Events that history is known to have.
    public var total: Int64
    public var lag: Int64
    /// Events that are posted in a second, while it is built.
    public var eventsPerSecond: Double?
    public var secondsLeft: Double?
    /// The writers that have not answered yet; `nil` where it is not fed.
    public var waitsFor: [Source]?
    /// Bytes on the disk.
    public var bytes: Int64
    /// The places that its file has reached; `nil` for a damaged one.
    public var checkpoints: [FileCheckpoint]?
    /// `true` when its file may still have something of what was forgotten up to there; `nil` for a damaged one.
    public var hasRemains: Bool?

    public init(
        number: Int, version: Int? = nil, role: Role, isFed: Bool = false, isHeld: Bool = false,
        refusal: String? = nil, problem: String? = nil, done: Int64 = 0, total: Int64 = 0, lag: Int64 = 0,
        bytes: Int64, checkpoints: [FileCheckpoint]? = nil, hasRemains: Bool? = nil
    ) {
        self.number = number
        self.version = version
        self.role = role
        self.isFed = isFed
        self.isHeld = isHeld
        self.refusal = refusal
        self.problem = problem
        self.done = done
        self.total = total
        self.lag = lag
        self.bytes = bytes
        self.checkpoints = checkpoints
        self.hasRemains = hasRemains
    }

    public static let example: GenerationReport = {
        var report = GenerationReport(
            number: 2, version: 1, role: .building, isFed: true, isHeld: true, refusal: "generation 2 differs",
            problem: "generation 2 is fed by another worker", done: 120_000, total: 184_203, lag: 64_203,
            bytes: 41_943_040, checkpoints: [.example], hasRemains: false)
        report.eventsPerSecond = 21_000.5
        report.secondsLeft = 3.5
        report.waitsFor = [ExampleValues.source]
        return report
    }()
}
