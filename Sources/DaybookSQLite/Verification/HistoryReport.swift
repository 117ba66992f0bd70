public import Daybook

/// Something that the code cannot do with what is stored. Events of one kind at which the same goes wrong are one.
public struct HistoryProblem: Sendable, Hashable, Codable {
    /// Whose code it is: `aggregate user`, `projection users`.
    public var part: String
    /// The type of the events, as it is stored or, where it is about a projection, published; `nil` when it is about no
    /// event.
    public var type: String?
    /// The schema version of the events.
    public var schemaVersion: Int?
    /// What went wrong.
    public var reason: String
    /// The number of events that it is so with; those that would wait behind them are not counted.
    public var count: Int
    /// The position of the first of them.
    public var position: Position?
}

/// What the code makes of a history.
public struct HistoryReport: Sendable, Hashable, Codable {
    /// The number of events that the store has.
    public var events: Int64 = 0
    /// How many integration events its log has.
    public var entries: Int64 = 0
    /// What would break, in the order in which it was found.
    public var problems: [HistoryProblem] = []
    /// Problems of further kinds, which are only counted.
    public var omitted = 0

    /// The number of kinds that are told apart.
    private static let limit = 100

    mutating func add(_ problem: HistoryProblem) {
        let known = problems.firstIndex { other in
            other.part == problem.part && other.type == problem.type && other.schemaVersion == problem.schemaVersion
                && other.reason == problem.reason
        }
        if let known {
            problems[known].count += problem.count
            if let position = problem.position {
                problems[known].position = min(problems[known].position ?? position, position)
            }
        } else if problems.count < Self.limit {
            problems.append(problem)
        } else {
            omitted += 1
        }
    }
}
