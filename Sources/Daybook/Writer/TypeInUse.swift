/// A type of stored events, with the first stream of a category that has one.
public struct TypeInUse: Sendable, Hashable {
    public var name: String
    public var schemaVersion: Int
    public var stream: StreamName

    public init(name: String, schemaVersion: Int, stream: StreamName) {
        self.name = name
        self.schemaVersion = schemaVersion
        self.stream = stream
    }
}
