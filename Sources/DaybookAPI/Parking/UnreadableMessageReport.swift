public import Daybook

/// A message that is kept because it could not be read.
public struct UnreadableMessageReport: APIDocument, Equatable {
    public var id: Int64
    public var partition: Partition
    /// The reason why it could not be read.
    public var reason: String
    public var keptAt: Timestamp
    /// Bytes of its whole body.
    public var bodySize: Int
    /// Its attributes as JSON text; `nil` in a list.
    public var attributes: String?
    /// Its body, or the beginning of one that was too large, as far as that is text; `nil` in a list.
    public var body: String?
    /// The same in base64, where it is no text.
    public var bodyBase64: String?

    public init(
        id: Int64, partition: Partition, reason: String, keptAt: Timestamp, bodySize: Int, attributes: String? = nil,
        body: String? = nil, bodyBase64: String? = nil
    ) {
        self.id = id
        self.partition = partition
        self.reason = reason
        self.keptAt = keptAt
        self.bodySize = bodySize
        self.attributes = attributes
        self.body = body
        self.bodyBase64 = bodyBase64
    }

    public static let example = UnreadableMessageReport(
        id: 1, partition: ExampleValues.partition, reason: "the attribute offset is no number",
        keptAt: ExampleValues.recordedAt, bodySize: 2, attributes: #"{"cloudEvents:offset":"x"}"#, body: "{}",
        bodyBase64: "e30=")
}
