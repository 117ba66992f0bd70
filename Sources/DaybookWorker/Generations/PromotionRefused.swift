/// The reason why a generation does not take over.
struct PromotionRefused: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
