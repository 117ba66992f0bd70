/// The messages that a generation or a reaction keeps because they could not be read.
public protocol UnreadableMessageStore: Sendable {
    /// Lists the messages without their attributes and bodies, oldest first.
    ///
    /// - Returns: The messages, and how many older ones were dropped because there were too many.
    func list() async throws -> (messages: [KeptMessage], dropped: Int)

    /// A whole message; `nil` when none of that number is kept.
    func message(_ id: Int64) async throws -> KeptMessage?

    /// Drops a message, or all of them.
    ///
    /// - Parameter id: The message's number; `nil` for all of them.
    /// - Returns: How many were dropped.
    func drop(_ id: Int64?) async throws -> Int
}
