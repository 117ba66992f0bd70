import Daybook
import DaybookAPI

/// The place in a partition that a reader has reached. Offsets have no gaps: an event that is not the next one is
/// refused.
struct PartitionCursor: Sendable, Equatable {
    let partition: Partition
    /// The epoch is `nil` until the first event says it.
    private(set) var place: PartitionPlace

    init(_ partition: Partition, after place: PartitionPlace) {
        self.partition = partition
        self.place = place
    }

    mutating func take(_ event: LogEventResponse) throws(EventCursor.Disorder) {
        let next = LogPlace(partition: partition, offset: place.offset.next)
        guard event.place.epoch == place.epoch ?? event.place.epoch else { throw .otherLog }
        guard event.cloudEvent.entry.place == next else { throw .outOfOrder }
        place = event.place
    }
}
