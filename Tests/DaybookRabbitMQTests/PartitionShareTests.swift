import Daybook
import Testing

@testable import DaybookRabbitMQ

@Suite struct `A partition share` {
    /// The partitions of a share, by their numbers.
    private func partitions(of share: PartitionShare?, among count: Int) -> [Int] {
        Partition.all(count).filter { share?.contains($0) ?? false }.map(\.index)
    }

    @Test func `has every so many of the partitions, from its own number on`() {
        #expect(partitions(of: PartitionShare("1/2"), among: 8) == [0, 2, 4, 6])
        #expect(partitions(of: PartitionShare("2/2"), among: 8) == [1, 3, 5, 7])
        #expect(partitions(of: PartitionShare("3/3"), among: 8) == [2, 5])
    }

    @Test(arguments: 1...9) func `leaves no partition out, and none to two`(count: Int) throws {
        let shares = try (1...count).map { try #require(PartitionShare("\($0)/\(count)")) }
        for partition in Partition.all(20) {
            #expect(shares.count { $0.contains(partition) } == 1, "\(partition)")
        }
    }

    @Test func `is everything for one worker alone`() {
        #expect(PartitionShare("1/1") == PartitionShare.whole)
        #expect(partitions(of: .whole, among: 8) == Array(0..<8))
        #expect(PartitionShare("1/2") != PartitionShare.whole && PartitionShare("1/2") != PartitionShare("2/2"))
    }

    @Test func `fits where each worker has a partition at least`() throws {
        let share = try #require(PartitionShare("1/8"))
        #expect(share.fits(8) && share.fits(9) && !share.fits(7))
        #expect(PartitionShare.whole.fits(1))
    }

    @Test(arguments: ["1/100", "100/100"]) func `is one of a hundred at most`(text: String) {
        #expect(PartitionShare(text) != nil)
    }

    @Test(arguments: [
        "", "/", "1", "1/", "/2", "0/2", "3/2", "-1/2", "1/0", "1/-2", "1/2/3", "/1/2", "a/b", "1 / 2", "1/101",
        "101/101", "0/0", "1.0/2",
    ])
    func `is nothing else`(text: String) {
        #expect(PartitionShare(text) == nil)
    }
}
