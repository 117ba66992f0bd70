/// The dialogue of a lane with history.
extension LaneState {
    /// The next question to ask history, if there is one and none is open.
    public mutating func nextQuestion() -> Question? {
        guard inquiry.open == nil else { return nil }
        if case .stopped = phase { return nil }
        let wantsEntries = isCatchingUp || (isLive && !held.doubtful.isEmpty)
        guard wantsEntries || inquiry.isDue else { return nil }
        // Reading ahead of the commits is bounded.
        let hasEnough = !held.ready.isEmpty && (isFull || held.ready.count >= 2 * Self.page)
        if wantsEntries && hasEnough { return nil }
        return inquiry.ask(after: accepted, limit: wantsEntries ? Self.page : 0, anchor: acceptedAnchor)
    }

    /// `true` while history is about to bring more. One that is away is not waited for.
    public var isAwaitingHistory: Bool { isCatchingUp && inquiry.open != nil && !inquiry.isUnanswered }

    /// Notes that history could not answer; the question is asked again when a check is due.
    public mutating func unanswered(_ question: Question) { inquiry.unanswered(question) }

    /// Lets history be asked for the head.
    public mutating func checkDue() {
        inquiry.isDue = true
        ownership.watch()
    }

    /// Takes an answer of history.
    ///
    /// - Parameter decoded: The slice's entries, decoded; left out by those who look at places only.
    public mutating func answered(
        _ question: Question, _ slice: LogSlice, decoded: [PostingEntry]? = nil
    ) -> [Action] {
        guard inquiry.answered(question) else { return [] }
        if case .stopped = phase { return [] }
        if let stop = contradiction(between: question, and: slice) {
            let isUncommitted = question.after > checkpoint?.offset ?? .zero
            return isUncommitted && stop.isAboutOneEvent ? retreat() : self.stop(stop)
        }
        epoch = slice.epoch
        head = max(slice.head, accepted)
        let wasUnverified = phase == .unverified
        if wasUnverified { phase = .live(.queue) }
        ownership.verified()
        let entries = decoded ?? slice.entries.map { PostingEntry(log: $0, event: nil) }
        for entry in entries where follows(entry.log) { accept(entry, receipt: nil) }
        var actions = judgeDoubtful(after: question, head: slice.head, entries: entries, all: wasUnverified)
        let isFruitless = question.limit > 0 && accepted == question.after
        if looksBehind(head: slice.head, isFruitless: isFruitless) { actions.append(.lookSoon) }
        return actions
    }

    /// The difference between what history says and what was applied.
    private func contradiction(between question: Question, and slice: LogSlice) -> Stop? {
        guard slice.partitionCount == configuration.partitionCount else {
            return .partitionCountDiffers(log: slice.partitionCount, here: configuration.partitionCount)
        }
        if let epoch, epoch != slice.epoch, checkpoint != nil || accepted > .zero {
            return .epochChanged(now: slice.epoch)
        }
        guard question.after > .zero else { return nil }
        guard let anchor = slice.anchor else { return .aheadOfLog(head: slice.head) }
        return anchor == question.anchor ? nil : .logDiffers(at: question.after)
    }

    /// Judges the messages that came before the question was asked; later ones may be beyond the head that it saw.
    private mutating func judgeDoubtful(
        after question: Question, head: Offset, entries answer: [PostingEntry], all: Bool
    ) -> [Action] {
        var actions: [Action] = []
        for (message, event, askedAt) in held.takeDoubtful() {
            guard case .entry(_, let epoch, let entry) = message.content else { continue }
            let isOfLog = !all && epoch == self.epoch
            if isOfLog && entry.offset > head && askedAt < question.number {
                actions.append(
                    reject(
                        message, because: "offset \(entry.offset) is beyond the source's log (head \(head))"))
            } else if answer.contains(where: { $0.log.offset == entry.offset && $0.log.anchor != entry.anchor }) {
                actions.append(reject(message, because: "history has another event at offset \(entry.offset)"))
            } else if isOfLog && entry.offset > accepted && entry.offset - accepted > 1 && entry.offset <= head {
                // History brings it in its turn.
                actions.append(.acknowledge(message.receipt))
                phase = .live(.history)
            } else {
                actions += receive(message, event: event)
            }
        }
        return actions
    }

    /// Decides whether the queue or history shall bring what is missing: history, once the queue has stalled.
    ///
    /// - Parameter isFruitless: `true` when history was asked for what is missing, and brought nothing of it.
    /// - Returns: `true` when the lane should look again soon.
    private mutating func looksBehind(head: Offset, isFruitless: Bool) -> Bool {
        guard accepted < head else {
            phase = .live(.queue)
            return false
        }
        let isStalled = phase == .live(.stalled(at: accepted)) || !configuration.isFedByQueue
        if !isFruitless && (isCatchingUp || isStalled) {
            phase = .live(.history)
            return false
        }
        phase = .live(.stalled(at: accepted))
        return true
    }
}
