/// The changes for readers, and for every worker of a read model: which generation serves, which ones there are no
/// more, and whether an operator has paused the projection.
public protocol GenerationSwitching: Sendable {
    /// Makes another generation the one that serves, by one atomic switch at the end. Whoever posts to either must have
    /// been stopped, or is fenced off before the switch.
    ///
    /// - Parameter level: Called when nobody can post to the present one any more: brings the next one up to it, and
    ///   may refuse by throwing; then the present one goes on serving.
    /// - Throws: ``PromotionUnderWay`` while another worker does it, what `level` throws.
    func promote(_ number: Int, level: (_ present: Int?) async throws -> Void) async throws

    /// Mends what a worker that ended in the midst of a promotion has left. Where the next generation was told already
    /// that it serves, only the switch was still to be made; otherwise the present one goes on.
    ///
    /// Does nothing while a promotion is under way.
    func recover() throws

    /// Lets no generation serve, and fences off whoever posts to the one that did. For who has locked the promotion.
    func serveNothing() throws

    /// Removes a generation for good.
    func remove(_ number: Int) throws

    /// `true` while an operator has paused the projection, for every worker of the read model and over restarts.
    var isPaused: Bool { get }

    /// Notes that the projection is paused, or that it is not.
    func setPaused(_ isPaused: Bool) throws
}
