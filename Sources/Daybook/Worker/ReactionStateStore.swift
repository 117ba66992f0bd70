/// The states of the reactions of a worker, each under its reaction's name. One worker at a time has a state.
public protocol ReactionStateStore: Sendable {
    /// Keeps other processes from reacting; `nil` when one of them does.
    func lock(_ name: String) throws -> GenerationLock?

    /// Opens a reaction's state, or makes it.
    ///
    /// - Parameters:
    ///   - lock: The right to react, which the state keeps as long as it is there.
    ///   - timeout: How long it may take to react to one event.
    func open(_ reaction: some Reaction, lock: GenerationLock, timeout: Duration) throws -> any ReactionState

    /// The progress of a reaction, whichever process has it.
    func progress(of name: String) throws -> ReadModelProgress

    /// The amounts that a reaction has set aside, whichever process has it.
    func kept(by name: String) throws -> KeptCounts

    /// The messages that a reaction keeps because they could not be read; `nil` before it has a state.
    func unreadableMessages(of name: String) -> (any UnreadableMessageStore)?

    /// `true` while an operator has paused a reaction, for every process and over restarts.
    func isPaused(_ name: String) -> Bool

    /// Notes that a reaction is paused, or that it is not.
    func setPaused(_ isPaused: Bool, of name: String) throws
}
