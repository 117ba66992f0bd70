/// A message that is kept because it could not be read.
public struct KeptMessage: Sendable, Equatable {
    public var id: Int64
    public var partition: Int
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

    /// Shows a message as in a list.
    public init(id: Int64, partition: Int, reason: String, keptAt: Timestamp, bodySize: Int) {
        self.id = id
        self.partition = partition
        self.reason = reason
        self.keptAt = keptAt
        self.bodySize = bodySize
    }

    /// The number of those that are kept at most: a queue may bring more of them than there is room for.
    package static let maximumCount = 1000
    /// Bytes of attributes and bodies that are kept at most, about.
    package static let maximumBytes = 64 << 20
}
