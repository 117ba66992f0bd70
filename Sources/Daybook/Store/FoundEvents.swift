/// The events on one side of a position, in the direction in which they are searched.
public enum EventRange: Sendable, Hashable {
    /// Those after a position, the first one first.
    case after(Position)
    /// Those before a position, the last one first.
    case before(Position)

    /// The position at which it begins, which is not in it.
    public var start: Position {
        switch self {
        case .after(let position), .before(let position): position
        }
    }
}

/// The outcome of a search for events, which may end before it has looked at the whole range.
public struct FoundEvents: Sendable, Hashable {
    /// The positions of the events, in ascending order.
    public var positions: [Position]
    /// The last position that was looked at, and the start of the range when none was. A search in the same direction
    /// goes on from here.
    public var end: Position
    /// `true` when the whole range was looked at.
    public var isComplete: Bool

    public init(positions: [Position], end: Position, isComplete: Bool) {
        self.positions = positions
        self.end = end
        self.isComplete = isComplete
    }
}
