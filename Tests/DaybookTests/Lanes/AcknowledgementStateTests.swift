import Testing

@testable import Daybook

@Suite struct `The acknowledgements of a partition` {
    @Test func `acknowledges only what has nothing open before it`() {
        var state = AcknowledgementState()
        for tag in 1...4 as ClosedRange<UInt64> { state.received(tag) }
        let settled = [state.settle([2, 4]), state.settle([1]), state.settle([3])]
        #expect(settled == [nil, 2, 4])
    }
}
