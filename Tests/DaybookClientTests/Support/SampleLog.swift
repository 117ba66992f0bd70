import Daybook
import DaybookAPI
import Hummingbird

/// Integration events of partition 3 of one log for tests.
enum SampleLog {
    static let partition = Partition(3)

    static func event(
        _ offset: Int64, of epoch: Epoch = SampleEvents.epoch, in partition: Partition = SampleLog.partition
    ) -> LogEventResponse {
        let entry = LogEntry(
            place: LogPlace(partition: partition, offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: EventID(high: 7, low: UInt64(offset))), type: "box.put", schemaVersion: 1,
            stream: StreamName(stored: "box-1"), streamVersion: StreamVersion(rawValue: offset),
            occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 1),
            data: Array(#"{"weight":1.50}"#.utf8)[...], metadata: Array(#"{"correlationId":"c"}"#.utf8)[...],
            hash: .genesis, previousHash: .genesis)
        return LogEventResponse(CloudEvent(source: "boxes", epoch: epoch, entry: entry))
    }

    /// A page with these events.
    static func page(_ events: [LogEventResponse], head: Offset) -> LogPageResponse {
        let next = events.last?.place ?? PartitionPlace(epoch: SampleEvents.epoch, offset: 0)
        return LogPageResponse(
            epoch: SampleEvents.epoch, partition: partition, head: head, next: next, events: events)
    }

    /// Answers with pages of two events of a log with this head.
    static func pages(head: Offset) -> StubAnswer {
        return { request in
            let after = request.parameters["after"].flatMap { PartitionPlace($0) }?.offset.rawValue ?? 0
            let events = (after..<min(head.rawValue, after + 2)).map { event($0 + 1) }
            return try .document(page(events, head: head))
        }
    }
}
