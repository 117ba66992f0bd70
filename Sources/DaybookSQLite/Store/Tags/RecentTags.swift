import Daybook

/// The tags of the last events, until the index on the disk has them.
///
/// The place of a tag in the index is random: written as they come, nearly each one would dirty a page of its own. Here
/// they wait for others that go to the same page, on buckets by their first byte. With every 64th event the next bucket is
/// due; when each one had its turn, the index has everything from before that round. What was written since the round
/// before is remembered, for those who still see the index as it was.
struct RecentTags: Sendable {
    struct Entry: Sendable, Hashable {
        let tag: TagHash
        let position: Position
    }

    /// What is to be written now, in the order of the index.
    struct Due: Sendable, Hashable {
        var entries: [Entry]
        /// Up to where the index then has everything, if that is further than before.
        var through: Position?
    }

    private struct Bucket {
        /// In the order of their positions.
        var entries: [Entry] = []
        /// What is later than this is not written.
        var written: Position
    }

    /// Up to here the index has the tags of every event.
    private(set) var through: Position
    /// After here the tags of every event are here.
    private(set) var complete: Position
    private var last: Position
    private var buckets: [Bucket]
    private var nextIndex = 0
    /// The last event when the round began.
    private var roundBegan: Position
    private static let interval: Int64 = 64

    /// - Parameters:
    ///   - through: Up to where the index has everything.
    ///   - entries: The tags of all later events, in order.
    ///   - last: The last event.
    init(after through: Position, _ entries: some Sequence<Entry> = [], last: Position) {
        (self.through, complete, self.last, roundBegan) = (through, through, last, last)
        buckets = Array(repeating: Bucket(written: through), count: 256)
        for entry in entries { buckets[Int(entry.tag.firstByte)].entries.append(entry) }
    }

    /// Takes the tags of the next event, if it has any.
    ///
    /// - Returns: What is due with it.
    mutating func add(_ tags: [TagHash], at position: Position) -> Due? {
        for tag in tags { buckets[Int(tag.firstByte)].entries.append(Entry(tag: tag, position: position)) }
        last = position
        return position.rawValue % Self.interval == 0 ? takeNext() : nil
    }

    private mutating func takeNext() -> Due {
        buckets[nextIndex].entries.removeAll { $0.position <= complete }
        let unwritten = buckets[nextIndex].entries.filter { $0.position > buckets[nextIndex].written }
        buckets[nextIndex].written = last
        nextIndex = (nextIndex + 1) % buckets.count
        var due = Due(entries: unwritten.sorted { $0.tag < $1.tag })
        if nextIndex == 0 {
            due.through = roundBegan
            (complete, through, roundBegan) = (through, roundBegan, last)
        }
        return due
    }

    /// Hands over everything that is not written, and forgets what is.
    mutating func settle() -> Due {
        let unwritten = buckets.flatMap { bucket in
            bucket.entries.filter { $0.position > bucket.written }.sorted { $0.tag < $1.tag }
        }
        self = RecentTags(after: last, last: last)
        return Due(entries: unwritten, through: last)
    }

    /// The events after a position that have all these tags, in order.
    func positions(of tags: [TagHash], after position: Position) -> [Position] {
        guard let first = tags.first else { return [] }
        let others = tags.dropFirst().map { Set(positions(of: $0, after: position)) }
        return positions(of: first, after: position).reversed().filter { position in
            others.allSatisfy { $0.contains(position) }
        }
    }

    /// The last one first.
    private func positions(of tag: TagHash, after position: Position) -> some Sequence<Position> {
        buckets[Int(tag.firstByte)].entries.reversed().lazy.prefix { $0.position > position }
            .filter { $0.tag == tag }.map(\.position)
    }
}
