import Testing

@testable import RabbitMQ

@Suite struct `A confirm window` {
    private func window(of count: Int) -> ConfirmWindow<Int> {
        var window = ConfirmWindow<Int>()
        for token in 1...count { window.open(token, messageID: "m\(token)") }
        return window
    }

    @Test func `settles tags in any order`() {
        var window = window(of: 3)
        #expect(window.settle(tag: 2, multiple: false, isNack: false).map(\.token) == [2])
        #expect(window.settle(tag: 1, multiple: false, isNack: false).map(\.token) == [1])
        #expect(window.openTokens == [3])
    }

    @Test func `settles with multiple only what is still open`() {
        var window = window(of: 4)
        _ = window.settle(tag: 2, multiple: false, isNack: false)
        #expect(window.settle(tag: 3, multiple: true, isNack: true).map(\.token) == [1, 3])
        #expect(window.count == 1)
    }

    @Test func `tells a returned message from a confirmed one`() {
        var window = window(of: 2)
        window.markReturned(messageID: "m1", replyCode: 312, text: "NO_ROUTE")
        let outcomes = window.settle(tag: 2, multiple: true, isNack: false).map(\.outcome)
        #expect(outcomes == [.returned(replyCode: 312, text: "NO_ROUTE"), .confirmed])
    }

    @Test func `takes a return for that of a later copy once a message behind the first was returned`() {
        var window = ConfirmWindow<Int>()
        for (token, id) in [(1, "m"), (2, "other"), (3, "m")] { window.open(token, messageID: id) }
        for id in ["other", "m"] { window.markReturned(messageID: id, replyCode: 312, text: "NO_ROUTE") }
        let returned = PublishOutcome.returned(replyCode: 312, text: "NO_ROUTE")
        let outcomes = window.settle(tag: 3, multiple: true, isNack: false).map(\.outcome)
        #expect(outcomes == [.confirmed, returned, returned])
    }

    @Test func `takes no copy of a returned message for confirmed where it may be either`() {
        var window = ConfirmWindow<Int>()
        for token in 1...2 { window.open(token, messageID: "m") }
        window.markReturned(messageID: "m", replyCode: 312, text: "NO_ROUTE")
        let outcomes = window.settle(tag: 2, multiple: true, isNack: false).map(\.outcome)
        #expect(!outcomes.contains(.confirmed))
    }

    @Test func `ignores tags that it does not know`() {
        var window = window(of: 1)
        for tag in [0, 9, UInt64(Int64.max) + 2, .max] {
            #expect(window.settle(tag: tag, multiple: false, isNack: false).isEmpty)
        }
        #expect(window.settle(tag: 1, multiple: false, isNack: false).count == 1)
        #expect(window.settle(tag: 1, multiple: true, isNack: false).isEmpty)
    }

    @Test(arguments: [0, 4, UInt64(Int64.max) + 2, .max])
    func `settles everything up to 0, or to a tag beyond the last`(tag: UInt64) {
        var window = window(of: 3)
        #expect(window.settle(tag: tag, multiple: true, isNack: false).map(\.token) == [1, 2, 3])
    }

    @Test func `keeps counting after it was empty`() {
        var window = window(of: 2)
        _ = window.settle(tag: 2, multiple: true, isNack: false)
        #expect(window.open(3, messageID: nil) == 3)
    }
}
