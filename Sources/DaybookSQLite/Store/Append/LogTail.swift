import Daybook

/// The end of the integration log, as the last commits have written it: whoever reads on as it grows need not ask the
/// file for what was in memory a moment ago.
struct LogTail: Sendable {
    /// What one commit adds to the log, unless it is a lot: that is read a page at a time.
    struct Additions: Sendable {
        fileprivate private(set) var entries: [LogEntry] = []
        fileprivate private(set) var bytes = 0
        fileprivate private(set) var areTooMany = false

        mutating func add(_ entry: @autoclosure () -> LogEntry) {
            guard !areTooMany else { return }
            let entry = entry()
            bytes += entry.data.count + entry.metadata.count
            areTooMany = entries.count == LogTail.capacity || bytes > LogTail.maximumBytes
            if areTooMany { (entries, bytes) = ([], 0) } else { entries.append(entry) }
        }
    }

    /// The last offset of every partition; `nil` until there was a commit.
    private(set) var heads: [Offset]?
    /// The last entries of every partition without a gap, as they are stored.
    private var partitions: [[LogEntry]]
    /// The bytes that were remembered since it was begun again.
    private var bytes = 0
    /// The number of entries that a commit may add, and how many of a partition are remembered at least, if there were
    /// as many since it was begun again.
    private static let capacity = 64
    /// The bytes that are remembered before it is begun again.
    private static let maximumBytes = 4 << 20

    init(partitionCount: Int) { partitions = Array(repeating: [], count: partitionCount) }

    /// A commit was made.
    mutating func advance(to heads: [Offset], by additions: Additions) {
        self.heads = heads
        bytes += additions.bytes
        if additions.areTooMany || bytes > Self.maximumBytes {
            partitions = Array(repeating: [], count: partitions.count)
            bytes = additions.bytes
        }
        for entry in additions.entries {
            Self.add(entry, to: &partitions[entry.place.partition.index])
        }
        // A commit that was taken for failed may have added more.
        for (index, head) in heads.enumerated() where Self.end(of: partitions[index]) != head {
            partitions[index] = []
        }
    }

    private static func add(_ entry: LogEntry, to entries: inout [LogEntry]) {
        if Self.end(of: entries)?.next != entry.offset { entries = [] }
        if entries.count >= 2 * Self.capacity { entries.removeFirst(Self.capacity) }
        entries.append(entry)
    }

    /// The last offset. Looked at in place: a copy of an entry costs more than all else here.
    private static func end(of entries: [LogEntry]) -> Offset? {
        entries.isEmpty ? nil : entries[entries.count - 1].place.offset
    }

    /// The entries after an offset, and what stands at it; `nil` where that is not remembered.
    func entries(
        of partition: Partition, after offset: Offset
    ) -> (anchor: LogAnchor, entries: ArraySlice<LogEntry>)? {
        guard partitions.indices.contains(partition.index), let first = partitions[partition.index].first,
            offset >= first.offset, case let entries = partitions[partition.index],
            case let index = Int(offset - first.offset), index < entries.count
        else { return nil }
        return (entries[index].anchor, entries[(index + 1)...])
    }
}
