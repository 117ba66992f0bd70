/// The place of an event in its stream.
public struct StreamVersion: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}
