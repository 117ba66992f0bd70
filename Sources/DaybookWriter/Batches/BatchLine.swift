/// A line of a batch, as its response names it.
struct BatchLine: Sendable, Equatable {
    /// 1, 2, 3…
    let number: Int
    /// The text of the client's own, where there is one that can be read.
    var ref: String?
    /// The bytes that it has, or 0 when nothing of it was kept.
    let size: Int
}
