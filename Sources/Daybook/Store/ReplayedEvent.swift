/// What folding needs of a stored event.
public struct ReplayedEvent {
    public let version: StreamVersion
    public let type: String
    public let schemaVersion: Int
    /// JSON, only as long as the event is shown.
    public let data: UnsafeRawBufferPointer

    public init(version: StreamVersion, type: String, schemaVersion: Int, data: UnsafeRawBufferPointer) {
        self.version = version
        self.type = type
        self.schemaVersion = schemaVersion
        self.data = data
    }
}
