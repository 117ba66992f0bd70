/// A comparison of the rows that serve with those of a replay, under way or done.
public struct ComparisonResponse: APIDocument, Equatable {
    /// The states of a comparison.
    public enum State: String, Sendable, Codable, CaseIterable { case running, done, failed }

    public var state: State
    /// Events that are posted to the replay.
    public var done: Int64
    /// Events that what serves has.
    public var total: Int64
    /// The tables that differ, once it is done.
    public var differences: [TableDifferenceReport]
    /// The reason why it failed.
    public var problem: String?

    /// A comparison that begins.
    public init(
        state: State = .running, done: Int64 = 0, total: Int64 = 0, differences: [TableDifferenceReport] = [],
        problem: String? = nil
    ) {
        self.state = state
        self.done = done
        self.total = total
        self.differences = differences
        self.problem = problem
    }

    public static let example = ComparisonResponse(
        state: .failed, done: 120_000, total: 184_203, differences: [.example],
        problem: "what serves was made from another log than the sources have now")
}
