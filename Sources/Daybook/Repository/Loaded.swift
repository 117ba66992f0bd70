/// An aggregate and the version it was folded to.
public struct Loaded<Subject: Aggregate>: Sendable {
    public var aggregate = Subject()
    public var version = StreamVersion.zero
}
