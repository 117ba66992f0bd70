public import Daybook

extension SQLiteReadModelStore {
    // MARK: Locks

    public func lockNext() throws -> GenerationLock? { try folder.claimNext() }

    public func lock(_ number: Int) throws -> GenerationLock? { try folder.claim(number) }

    public func lockPromotion(as holder: String) throws -> GenerationLock { try folder.claimPromotion(as: holder) }

    public func lockScratch(_ purpose: ScratchPurpose) throws -> GenerationLock? {
        try folder.lockScratch(purpose.rawValue)
    }

    // MARK: What changes for readers

    public func promote(_ number: Int, level: (_ present: Int?) async throws -> Void) async throws {
        try await folder.promote(number, level: level)
    }

    public func recover() throws { try folder.recover() }

    public func serveNothing() throws { try folder.serveNothing() }

    public func remove(_ number: Int) throws { try folder.remove(number) }

    public var isPaused: Bool { folder.pause.isThere }

    public func setPaused(_ isPaused: Bool) throws { try folder.pause.set(isPaused) }
}
