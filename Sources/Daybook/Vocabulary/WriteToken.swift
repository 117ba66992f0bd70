/// What a command has written, so that a reader can ask for at least that: `source/epoch/partition/offset` of its last
/// integration event.
public struct WriteToken: Sendable, Hashable, CustomStringConvertible {
    public var source: Source
    public var epoch: Epoch
    public var place: LogPlace

    public init(source: Source, epoch: Epoch, place: LogPlace) {
        self.source = source
        self.epoch = epoch
        self.place = place
    }

    /// Reads a token; `nil` when the text is none. A source may contain slashes, the other parts do not.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, let epoch = Epoch(String(parts[parts.count - 3])),
            let partition = Int(parts[parts.count - 2]), (0..<100).contains(partition),
            let offset = Int64(parts[parts.count - 1]), offset > 0,
            "\(partition)/\(offset)" == parts.suffix(2).joined(separator: "/")
        else { return nil }
        let source = parts.dropLast(3).joined(separator: "/")
        guard !source.isEmpty else { return nil }
        self.init(
            source: Source(source), epoch: epoch,
            place: LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset)))
    }

    public var lane: Lane { Lane(source: source, partition: place.partition) }

    public var description: String { "\(source)/\(epoch)/\(place.partition.index)/\(place.offset)" }
}
