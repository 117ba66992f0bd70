/// The rule for when an aggregate's state is kept, so that loading it need not begin with its first event. A snapshot
/// is taken beside the commands, never on their way; one that is lost or damaged costs time and nothing else.
public enum SnapshotPolicy: Sendable, Hashable {
    case never
    /// Whenever so many more events are stored. A batch that passes the mark counts, not only one that meets it.
    case every(Int)
    /// After a load that had to replay more events than these.
    case afterReplaying(Int)

    func wantsOne(appendedFrom old: StreamVersion, to new: StreamVersion) -> Bool {
        guard case .every(let count) = self, count > 0 else { return false }
        return old.rawValue / Int64(count) < new.rawValue / Int64(count)
    }

    func wantsOne(replayed count: Int64) -> Bool {
        guard case .afterReplaying(let limit) = self else { return false }
        return count > Int64(limit)
    }
}
