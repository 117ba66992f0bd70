/// The summary of a generation, without knowing its projection.
public struct GenerationSummary: Sendable {
    public let number: Int
    /// The version of the projection that makes its rows.
    public let version: Int
    public let record: GenerationRecord
    /// Its progress.
    public let progress: ReadModelProgress
    /// Bytes that it takes.
    public let bytes: Int64

    public init(number: Int, version: Int, record: GenerationRecord, progress: ReadModelProgress, bytes: Int64) {
        self.number = number
        self.version = version
        self.record = record
        self.progress = progress
        self.bytes = bytes
    }
}

/// A generation that cannot be read, or that was not finished being made.
public struct DamagedGeneration: Sendable {
    public let number: Int
    /// The error that reading it threw.
    public let error: any Error
    /// Bytes that it takes.
    public let bytes: Int64

    public init(number: Int, error: any Error, bytes: Int64) {
        self.number = number
        self.error = error
        self.bytes = bytes
    }
}
