/// The amounts that a generation or a reaction has set aside.
public struct KeptCounts: Sendable, Hashable {
    /// Events that could not be posted, or reacted to, and those that wait behind them.
    public let parked: Int
    /// Messages that could not be read.
    public let unreadable: Int
    /// Messages that could not be read, and were dropped because there were too many.
    public let unreadableDropped: Int

    public init(parked: Int = 0, unreadable: Int = 0, unreadableDropped: Int = 0) {
        self.parked = parked
        self.unreadable = unreadable
        self.unreadableDropped = unreadableDropped
    }
}
