/// The questions of a lane to history, one at a time. Pure.
struct LaneInquiry: Sendable {
    private(set) var open: LaneState.Question?
    /// The questions that were asked so far.
    private(set) var count = 0
    /// `true` when history has not answered the last question.
    private(set) var isUnanswered = false
    var isDue = true
    /// `true` while messages that only history can judge are left to it at once, until it answers.
    private(set) var isLettingGo = false

    mutating func ask(after offset: Offset, limit: Int, anchor: LogAnchor?) -> LaneState.Question {
        isDue = false
        count += 1
        let question = LaneState.Question(after: offset, limit: limit, number: count, anchor: anchor)
        open = question
        return question
    }

    /// - Returns: `false` when it is an answer to nothing that is still asked.
    mutating func answered(_ question: LaneState.Question) -> Bool {
        guard question == open else { return false }
        open = nil
        isUnanswered = false
        isLettingGo = false
        return true
    }

    mutating func unanswered(_ question: LaneState.Question) {
        guard question == open else { return }
        open = nil
        isUnanswered = true
    }

    /// Leaves to history what it was to judge.
    mutating func letGo() {
        isDue = true
        isLettingGo = true
    }

    /// Forgets what is asked. Answers that are still to come are none to what is asked from now on.
    mutating func begin() {
        var next = LaneInquiry()
        next.count = count
        self = next
    }
}
