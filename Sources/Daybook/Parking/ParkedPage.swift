/// The place of a parked event among all that are parked, as `source/partition/offset`. They are listed in this order.
public struct ParkedPlace: Sendable, Hashable, CustomStringConvertible {
    public var source: Source
    public var place: LogPlace

    /// Names a place.
    public init(source: Source, place: LogPlace) {
        self.source = source
        self.place = place
    }

    /// Reads a place; `nil` when the text is none. A source may contain slashes, the other parts do not.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, let partition = Int(parts[parts.count - 2]), (0..<100).contains(partition),
            let offset = Int64(parts[parts.count - 1]), offset > 0
        else { return nil }
        let source = parts.dropLast(2).joined(separator: "/")
        guard !source.isEmpty else { return nil }
        self.init(
            source: Source(source),
            place: LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset)))
    }

    public var description: String { "\(source)/\(place.partition.index)/\(place.offset)" }
}

extension ParkedPlace: Comparable {
    public static func < (left: ParkedPlace, right: ParkedPlace) -> Bool {
        let (first, second) = (left.place, right.place)
        return (left.source.description, first.partition, first.offset)
            < (right.source.description, second.partition, second.offset)
    }
}

/// The choice of parked events for one page of them.
public struct ParkedSelection: Sendable {
    /// Only those of this writer.
    public var source: Source?
    /// Only those of streams of this name.
    public var stream: String?
    /// With those that wait behind another one of their stream.
    public var includesWaiting: Bool
    /// Only those after this place.
    public var after: ParkedPlace?
    /// At most so many.
    public var limit: Int

    /// A choice; without arguments the first page of all that could not be posted.
    public init(
        source: Source? = nil, stream: String? = nil, includesWaiting: Bool = false, after: ParkedPlace? = nil,
        limit: Int = 100
    ) {
        self.source = source
        self.stream = stream
        self.includesWaiting = includesWaiting
        self.after = after
        self.limit = limit
    }
}

/// Some parked events, and where to go on.
public struct ParkedPage: Sendable {
    public var parked: [ParkedEvent]
    /// The place after which the next page begins; `nil` on the last one.
    public var next: ParkedPlace?

    public init(parked: [ParkedEvent], next: ParkedPlace? = nil) {
        self.parked = parked
        self.next = next
    }

    /// Bytes of data and reasons after which a page ends, so that a page of large events can be held and sent.
    public static let longestBytes = 1 << 20
}
