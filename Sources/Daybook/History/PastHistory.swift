/// A history as it was: of each partition it shows what comes up to a limit, as if nothing had been recorded since.
///
/// Whoever builds a read model of it comes to rest at the limit. `recorded-at` never goes backwards inside a store:
/// what was recorded up to a time is the beginning of each partition.
public struct PastHistory: History {
    /// The moment at which it ends.
    public enum Limit: Sendable, Hashable {
        /// Everything that was recorded up to this time.
        case time(Timestamp)
        /// Up to the offset of each lane; nothing of a lane that is not named.
        case offsets([Lane: Offset])
    }

    private let history: any History
    private let limit: Limit

    /// Shows what `history` shows, up to `limit`.
    public init(_ history: any History, upTo limit: Limit) {
        self.history = history
        self.limit = limit
    }

    /// Reads a range of a partition. The head that it tells is the last entry within the limit, or where that is not
    /// known yet, one beyond it: then there is more to read.
    ///
    /// - Throws: What the history itself throws.
    public func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit count: Int
    ) async throws -> LogSlice {
        switch limit {
        case .time(let time):
            return try await slice(of: source, partition, after: offset, limit: count, recordedUpTo: time)
        case .offsets(let last):
            var slice = try await history.slice(of: source, partition, after: offset, limit: count)
            slice.cut(at: last[Lane(source: source, partition: partition)] ?? .zero)
            return slice
        }
    }

    private func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit count: Int, recordedUpTo time: Timestamp
    ) async throws -> LogSlice {
        // Only an entry tells when it was recorded: where none is asked for, the next one says whether this is the end.
        var slice = try await history.slice(of: source, partition, after: offset, limit: max(count, 1))
        if let later = slice.entries.firstIndex(where: { $0.recordedAt > time }) {
            slice.head = min(slice.head, slice.entries[later].offset.previous)
            slice.entries.removeSubrange(later...)
        }
        if count < 1 { slice.entries = [] }
        return slice
    }
}

extension LogSlice {
    /// Leaves out what comes after an offset.
    fileprivate mutating func cut(at last: Offset) {
        entries = Array(entries.prefix { $0.offset <= last })
        head = min(head, last)
    }
}
