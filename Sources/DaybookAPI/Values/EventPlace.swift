public import Daybook

/// A place in the log of a store: a position, and which log is meant.
public struct EventPlace: Sendable, Hashable, CustomStringConvertible {
    /// `nil` for the log that is there, whichever that is.
    public var epoch: Epoch?
    public var position: Position

    public init(epoch: Epoch? = nil, position: Position) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads `epoch/position`, the id of a server-sent event, or a position alone; `nil` when it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, let number = Int64(last), number >= 0, String(number) == last else { return nil }
        epoch = parts.count == 2 ? Epoch(String(parts[0])) : nil
        guard parts.count == 1 || epoch != nil else { return nil }
        position = Position(rawValue: number)
    }

    /// The text that ``init(_:)`` reads.
    public var description: String { (epoch.map { "\($0)/" } ?? "") + "\(position)" }
}
