import Daybook
import DaybookAPI
import Testing

@Suite struct `The place of an event` {
    private let epoch = Epoch(high: 1, low: 2)

    @Test func `is read from its text`() {
        for place in [EventPlace(epoch: epoch, position: 7), EventPlace(position: 0)] {
            #expect(EventPlace(place.description) == place)
        }
        #expect(EventPlace(epoch: epoch, position: 7).description == "\(epoch)/7")
    }

    @Test(arguments: ["", "/", "/1", "x/1", "-1", "+1", "01", "1/2", "1.0"])
    func `is nothing else`(text: String) { #expect(EventPlace(text) == nil) }
}
