import Daybook
import Testing

@testable import DaybookRabbitMQ
@testable import RabbitMQ

@Suite struct `Acknowledgements that wait` {
    private let channels = [
        Partition(0): ChannelNumber(rawValue: 5), Partition(1): ChannelNumber(rawValue: 6),
    ]

    private func receipt(_ partition: Int, _ tag: UInt64, session: UInt64 = 7) -> Receipt {
        Receipt(session: session, partition: Partition(partition), tag: tag)
    }

    /// Whether each of these, gathered one after the other, made it enough.
    private func gather(_ receipts: [[Receipt]], _ waiting: inout Acknowledgements) -> [Bool] {
        receipts.map { waiting.gather($0) }
    }

    private func take(_ waiting: inout Acknowledgements) -> [UInt16: UInt64] {
        Dictionary(uniqueKeysWithValues: waiting.take().map { ($0.channel.rawValue, $0.tag) })
    }

    @Test func `are one for each channel, and sent once`() {
        var waiting = Acknowledgements(session: 7, channels: channels, prefetch: 300)
        #expect(gather([[receipt(0, 3), receipt(1, 1)], [receipt(0, 4)]], &waiting) == [false, false])
        #expect(take(&waiting) == [5: 4, 6: 1])
        #expect(take(&waiting).isEmpty)
        #expect(gather([[receipt(0, 5)]], &waiting) == [false])
        #expect(take(&waiting) == [5: 5])
    }

    @Test func `of another session are ignored`() {
        var waiting = Acknowledgements(session: 7, channels: channels, prefetch: 1)
        #expect(gather([[receipt(0, 100, session: 6), receipt(3, 100)]], &waiting) == [false])
        #expect(take(&waiting).isEmpty)
    }

    @Test func `are sent at once when a quarter of what the broker may send waits`() {
        var waiting = Acknowledgements(session: 7, channels: channels, prefetch: 40)
        #expect(gather([[receipt(0, 9), receipt(1, 9)], [receipt(1, 10)]], &waiting) == [false, true])
        _ = waiting.take()
        #expect(gather([[receipt(1, 19)], [receipt(1, 20)]], &waiting) == [false, true])
    }

    @Test(arguments: [1, 4, 7] as [UInt16]) func `hold up nobody who takes few messages`(prefetch: UInt16) {
        var waiting = Acknowledgements(session: 7, channels: channels, prefetch: prefetch)
        #expect(gather([[receipt(0, 1)]], &waiting) == [true])
    }
}
