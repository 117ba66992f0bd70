import Daybook
import Testing

@testable import DaybookClient

@Suite struct `The time that a response asks to wait` {
    private let now = Timestamp("1994-11-06T08:49:00Z") ?? Timestamp(microseconds: 0)

    @Test(arguments: [
        "37", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `is a number of seconds, or lasts until a date`(header: String) {
        #expect(RetryDelay.read(header, date: nil, now: now) == .seconds(37))
    }

    @Test func `is measured by the clock of whoever names a date`() {
        let date = "Sun, 06 Nov 1994 08:49:35 GMT"
        #expect(RetryDelay.read("Sun, 06 Nov 1994 08:49:37 GMT", date: date, now: now) == .seconds(2))
        #expect(RetryDelay.read("37", date: date, now: now) == .seconds(37))
    }

    @Test func `is nothing for a date in the past`() {
        #expect(RetryDelay.read("Sat, 05 Nov 1994 08:49:37 GMT", date: nil, now: now) == .zero)
    }

    @Test func `reads a year of two digits as the one that is near`() {
        let later = Timestamp("2044-11-06T08:49:00Z") ?? now
        #expect(RetryDelay.read("Friday, 06-Nov-93 08:49:00 GMT", date: nil, now: later)?.components.seconds ?? 0 > 0)
        #expect(RetryDelay.read("Saturday, 06-Nov-99 08:49:00 GMT", date: nil, now: later) == .zero)
    }

    @Test(arguments: [
        "", "-1", "+1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "06 Nov 1994 08:49:37 GMT", "9223372036854775808",
    ])
    func `is unknown for anything else`(header: String) {
        #expect(RetryDelay.read(header, date: nil, now: now) == nil)
    }
}
