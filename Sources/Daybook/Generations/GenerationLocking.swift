/// The rights that one worker of a read model has at a time.
public protocol GenerationLocking: Sendable {
    /// The right to make the next generation; `nil` while somebody else has it.
    func lockNext() throws -> GenerationLock?

    /// The right to feed a generation that does not serve; `nil` while somebody else has it.
    func lock(_ number: Int) throws -> GenerationLock?

    /// The right to change which generation serves, and to remove some.
    ///
    /// - Parameter holder: Who has it, for the messages that others get.
    /// - Throws: ``PromotionUnderWay`` while somebody else has it.
    func lockPromotion(as holder: String) throws -> GenerationLock

    /// The right to build a scratch generation; `nil` while somebody else has it.
    func lockScratch(_ purpose: ScratchPurpose) throws -> GenerationLock?
}
