import Daybook
import DaybookAPI
import Testing

@Suite struct `The place in a partition` {
    private let epoch = Epoch(high: 1, low: 2)

    @Test func `is read from its text, which stands for it in documents`() throws {
        for place in [PartitionPlace(epoch: epoch, offset: 7), PartitionPlace(offset: 0)] {
            #expect(PartitionPlace(place.description) == place)
            #expect(try JSON.encode([place]) == Array("[\"\(place)\"]".utf8))
            #expect(try JSON.decode([PartitionPlace].self, from: JSON.encode([place])) == [place])
        }
        #expect(PartitionPlace(epoch: epoch, offset: 7).description == "\(epoch)/7")
    }

    @Test(arguments: ["", "/", "/1", "x/1", "-1", "+1", "01", "1/2", "1.0"])
    func `is nothing else`(text: String) {
        #expect(PartitionPlace(text) == nil)
        #expect(throws: DecodingError.self) {
            try JSON.decode([PartitionPlace].self, from: Array("[\"\(text)\"]".utf8))
        }
    }
}
