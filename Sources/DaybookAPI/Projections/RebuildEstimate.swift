/// The time and the room that a rebuild would take.
public struct RebuildEstimate: APIDocument, Equatable {
    /// Events in the logs of all sources.
    public var events: Int64
    /// Events of them that were read and posted for the estimate.
    public var sample: Int64
    /// A build reads ahead while it posts, which the sample does not: it is faster than that.
    public var eventsPerSecond: Double
    public var seconds: Double
    /// Bytes that the next generation is likely to take on the disk.
    public var bytes: Int64
    public var freeBytes: Int64

    public init(
        events: Int64, sample: Int64, eventsPerSecond: Double, seconds: Double, bytes: Int64, freeBytes: Int64
    ) {
        self.events = events
        self.sample = sample
        self.eventsPerSecond = eventsPerSecond
        self.seconds = seconds
        self.bytes = bytes
        self.freeBytes = freeBytes
    }

    public static let example = RebuildEstimate(
        events: 184_203, sample: 4000, eventsPerSecond: 18_420.5, seconds: 10.5, bytes: 64_487_424,
        freeBytes: 21_474_836_480)
}
