/// Reads a log that is in the same process.
public struct LocalHistory: History {
    private let logs: [Source: any IntegrationLog]

    /// Bytes of entries in one answer, about.
    public static let answerBytes = 1 << 20

    public init(_ logs: [Source: any IntegrationLog]) { self.logs = logs }

    public func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        guard let log = logs[source] else { throw HistoryError("no writer named \(source)") }
        return try await log.slice(partition, after: offset, limit: limit, maximumBytes: Self.answerBytes)
    }
}
