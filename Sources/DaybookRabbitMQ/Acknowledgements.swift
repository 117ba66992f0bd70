import Daybook
import RabbitMQ

/// The acknowledgements of one session that wait to be sent. Pure.
///
/// The broker writes each one to its disk, as it does messages, and one stands for all earlier ones of its channel: so
/// they are gathered for a moment.
struct Acknowledgements: Sendable {
    private struct ChannelState {
        let channel: ChannelNumber
        var settled: UInt64 = 0
        var sent: UInt64 = 0
    }

    let session: UInt64
    private var partitions: [Partition: ChannelState]
    private let enough: UInt64

    /// - Parameter prefetch: Messages that one channel may have unacknowledged.
    init(session: UInt64, channels: [Partition: ChannelNumber], prefetch: UInt16) {
        self.session = session
        partitions = channels.mapValues { ChannelState(channel: $0) }
        enough = max(1, UInt64(prefetch) / 4)
    }

    /// Takes the last receipts of some partitions. Those of another session are ignored.
    ///
    /// - Returns: Whether they are to be sent at once, long before the broker would keep messages back.
    mutating func gather(_ receipts: [Receipt]) -> Bool {
        var areEnough = false
        for receipt in receipts where receipt.session == session {
            guard var partition = partitions[receipt.partition], receipt.tag > partition.settled else { continue }
            partition.settled = receipt.tag
            partitions[receipt.partition] = partition
            if partition.settled - partition.sent >= enough { areEnough = true }
        }
        return areEnough
    }

    /// Hands over what waits.
    mutating func take() -> [(channel: ChannelNumber, tag: UInt64)] {
        defer {
            partitions = partitions.mapValues {
                ChannelState(channel: $0.channel, settled: $0.settled, sent: $0.settled)
            }
        }
        return partitions.values.filter { $0.settled > $0.sent }.map { (channel: $0.channel, tag: $0.settled) }
    }
}
