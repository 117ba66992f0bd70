import Daybook
import Testing

@testable import DaybookWriter

@Suite struct `The state of the clock` {
    private func time(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: 1_800_000_000_000_000 + seconds * 1_000_000)
    }

    @Test func `says when the clock jumps, when it is behind the last event, and when it has caught up`() {
        var clock = ClockState()
        let start = ContinuousClock.now
        func look(_ seconds: Int64, clock shown: Int64, recorded: Int64) -> [ClockState.Finding] {
            clock.look(at: time(shown), elapsed: start + .seconds(seconds), recordedAt: time(recorded))
        }
        #expect(look(0, clock: 0, recorded: 0) == [])
        // It is set by a second, and does not run quite as it should.
        #expect(look(10, clock: 12, recorded: 13) == [])
        #expect(look(20, clock: 4022, recorded: 4022) == [.jumped(4000)])
        #expect(clock.ahead == 0)
        #expect(look(30, clock: 32, recorded: 4022) == [.jumped(-4000), .isBehindLastEvent(3990)])
        #expect(clock.ahead == 3990)
        #expect(look(40, clock: 42, recorded: 4022) == [])
        #expect(look(4030, clock: 4032, recorded: 4022) == [.hasCaughtUp])
        #expect(clock.ahead == 0)
    }
}
