public import Daybook

/// A store's head as somebody has noted it. Who has it can prove that a store still has that history.
public struct NotedHead: Sendable, Hashable, CustomStringConvertible {
    public var position: Position
    public var hash: ChainHash

    public init(position: Position, hash: ChainHash) {
        self.position = position
        self.hash = hash
    }

    /// Reads `POSITION:HASH`; `nil` when the text is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let position = Int64(parts[0]), position >= 0, let hash = ChainHash(String(parts[1]))
        else { return nil }
        self.init(position: Position(rawValue: position), hash: hash)
    }

    public var description: String { "\(position):\(hash)" }
}
