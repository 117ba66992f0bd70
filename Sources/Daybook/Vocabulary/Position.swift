/// The place of an event in a whole store, in commit order.
public struct Position: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}
