/// The worker's side of a writer's log: the one way back, and only a read.
public protocol History: Sendable {
    /// Reads a range of a partition; with `limit` 0 only its head and anchor.
    ///
    /// - Throws: When the writer cannot be reached or does not answer in time.
    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice
}

/// The name of one writer, chosen in its configuration.
public struct Source: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let description: String

    public init(_ name: String) { description = name }
    public init(stringLiteral value: String) { description = value }
    public init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

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

/// A history that could not be read.
public struct HistoryError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
