public import Daybook

/// The states of reactions in a folder, a file for each.
public struct SQLiteReactionStateStore: ReactionStateStore {
    private let folder: String

    /// - Parameter folder: The folder, which is made with the first lock.
    public init(in folder: String) { self.folder = folder }

    /// - Throws: When the folder cannot be made, or written.
    public func lock(_ name: String) throws -> GenerationLock? { try ReactionFile.claim(name, in: folder) }

    public func open(_ reaction: some Reaction, lock: GenerationLock, timeout: Duration) throws -> any ReactionState {
        try SQLiteReactionState(folder: folder, reaction: reaction, claim: lock, timeout: timeout)
    }

    public func progress(of name: String) throws -> ReadModelProgress {
        try ReactionFile.progress(of: name, in: folder)
    }

    public func kept(by name: String) throws -> KeptCounts { try ReactionFile.kept(by: name, in: folder) }

    public func unreadableMessages(of name: String) -> (any UnreadableMessageStore)? {
        ReactionFile.keptMessages(of: name, in: folder).map { SQLiteUnreadableMessages($0) }
    }

    public func isPaused(_ name: String) -> Bool { pause(name).isThere }

    public func setPaused(_ isPaused: Bool, of name: String) throws { try pause(name).set(isPaused) }

    private func pause(_ name: String) -> PauseFile { PauseFile("\(folder)/\(name).paused") }
}
