/// Another worker lets a generation serve at this moment, or removes some.
public struct PromotionUnderWay: Error, Sendable, CustomStringConvertible {
    public let description = "another worker changes at this moment which generation serves: ask again"

    public init() {}
}
