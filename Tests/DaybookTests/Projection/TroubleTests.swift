import Testing

@testable import Daybook

@Suite struct `What keeps a projection from posting` {
    private func lane(_ state: LaneStatus.State, _ problem: String?) -> LaneStatus {
        LaneStatus(
            source: "s", partition: Partition(3), checkpoint: 1, head: 2, lag: 1, lagSeconds: 0, state: state,
            problem: problem)
    }

    @Test func `is told to operators with the database's words, and to anyone without them`() {
        var status = ProjectionStatus(projection: "users")
        #expect(status.trouble == "no broker" && status.publicTrouble == "no broker")
        status.isConnected = true
        status.lanes = [lane(.live, nil), lane(.failing, "SQLite error 13: disk is full - while executing …")]
        #expect(status.trouble?.hasPrefix("s/p03 is failing: SQLite error 13") == true)
        #expect(status.publicTrouble == "s/p03 is failing")
        status.problem = "cannot post: SQLite error 13"
        #expect(status.trouble == "cannot post: SQLite error 13")
        #expect(status.publicTrouble == "something keeps it from posting")
        status.problem = nil
        status.isStandby = true
        #expect(status.trouble == nil && status.publicTrouble == nil)
    }

    @Test func `is a broker that it has lost, also for anyone`() {
        var status = ProjectionStatus(projection: "users")
        status.lanes = [lane(.live, nil)]
        #expect(status.publicTrouble == "no broker")
        status.isConnected = true
        #expect(status.publicTrouble == nil)
    }

    @Test func `has lasted as long as it has in the lane that is furthest behind`() {
        var status = ProjectionStatus(projection: "users")
        status.lanes = [3, 60, 5].map { seconds in
            var lane = lane(.catchingUp, nil)
            lane.lagSeconds = seconds
            return lane
        }
        #expect(status.lagSeconds == 60)
    }
}
