public import Daybook

/// A place in a partition of an integration log: an offset, and which log is meant.
public struct PartitionPlace: Sendable, Hashable, CustomStringConvertible {
    /// `nil` for the log that is there, whichever that is.
    public var epoch: Epoch?
    public var offset: Offset

    public init(epoch: Epoch? = nil, offset: Offset) {
        self.epoch = epoch
        self.offset = offset
    }

    /// Reads `epoch/offset`, the id of a server-sent event, or an offset alone; `nil` when it is neither.
    public init?(_ text: String) {
        // Offsets are written as positions are.
        guard let place = EventPlace(text) else { return nil }
        self.init(epoch: place.epoch, offset: Offset(rawValue: place.position.rawValue))
    }

    /// The text that ``init(_:)`` reads.
    public var description: String { (epoch.map { "\($0)/" } ?? "") + "\(offset)" }
}

extension PartitionPlace: Codable {
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let place = PartitionPlace(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no place in a partition")
        }
        self = place
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
