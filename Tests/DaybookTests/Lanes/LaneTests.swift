@testable import Daybook

/// Tests of a single lane, with the entries, messages and answers that it gets.
protocol LaneTests {}

extension LaneTests {
    static var lane: Lane { Lane(source: "writer", partition: Partition(0)) }
    static var epoch: Epoch { UniqueID(high: 7, low: 7) }

    static func hash(_ offset: Int64) -> ChainHash {
        ChainHash(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: offset), count: 32)) ?? .genesis
    }

    static func entry(_ offset: Int64, bytes: Int = 0) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(0), offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: UniqueID(high: 0, low: UInt64(offset))), type: "a.happened",
            schemaVersion: 1, stream: StreamName(stored: "a-1"), streamVersion: StreamVersion(rawValue: offset),
            occurredAt: Timestamp(microseconds: offset), recordedAt: Timestamp(microseconds: offset),
            data: [UInt8](repeating: 0x20, count: bytes)[...], metadata: [], hash: hash(offset),
            previousHash: hash(offset - 1))
    }

    func message(
        _ offset: Int64, epoch: Epoch = Self.epoch, tag: UInt64? = nil, bytes: Int = 0
    ) -> IncomingMessage {
        let receipt = Receipt(session: 1, partition: Partition(0), tag: tag ?? UInt64(offset))
        return IncomingMessage(
            receipt: receipt, content: .entry("writer", epoch, Self.entry(offset, bytes: bytes)),
            raw: RawMessage(body: [], bodySize: 0) { "{}" })
    }

    func slice(
        after offset: Int64 = 0, head: Int64, entries: ClosedRange<Int64>? = nil, epoch: Epoch = Self.epoch
    ) -> LogSlice {
        LogSlice(
            epoch: epoch, partitionCount: 8, head: Offset(rawValue: head),
            anchor: offset > 0 && offset <= head ? Self.entry(offset).anchor : nil,
            entries: entries.map { $0.map { Self.entry($0) } } ?? [])
    }

    /// A lane that history has verified at its end.
    func live(at checkpoint: Checkpoint? = nil) throws -> ObservedLane {
        var lane = ObservedLane(lane: Self.lane, partitionCount: 8, checkpoint: checkpoint)
        let offset = (checkpoint?.offset ?? .zero).rawValue
        _ = lane.answered(try lane.ask(), slice(after: offset, head: offset))
        return lane
    }

    /// A checkpoint at the fifth entry.
    var checkpoint: Checkpoint {
        Checkpoint(epoch: Self.epoch, offset: 5, anchor: Self.entry(5).anchor)
    }
}
