/// The place of an integration event in its partition of the log, without gaps.
public struct Offset: Counter {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}
