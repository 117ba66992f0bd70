import Logging

/// The questions of a runner to history, and its looks at the read model.
extension ProjectionRunner {
    func ask(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        for lane in work.questions.takeLooks() { later(.milliseconds(200), .look(lane), &tasks) }
        for index in work.questions.order(of: lanes.all.count) {
            let lane = lanes.all[index]
            guard work.questions.hasRoom(lane.source), let question = work.states[index].nextQuestion() else {
                continue
            }
            work.questions.asked(lane.source)
            tasks.addTask { [history, inbox] in
                do {
                    let slice = try await history.slice(
                        of: lane.source, lane.partition, after: question.after, limit: question.limit)
                    inbox.send(.answer(index, question, .success(self.decode(slice))))
                } catch {
                    // A writer that is away is asked again, but not at once.
                    try? await Task.sleep(for: .milliseconds(800))
                    inbox.send(.answer(index, question, .failure(error)))
                }
            }
        }
    }

    private func decode(_ slice: LogSlice) -> Answer {
        var slice = slice
        var entries: [PostingEntry] = []
        entries.reserveCapacity(slice.entries.count)
        for entry in slice.entries { entries.append(readModel.decoded(entry)) }
        slice.entries = []
        return Answer(slice: slice, entries: entries)
    }

    func takeAnswer(
        _ result: Result<Answer, any Error>, to question: LaneState.Question, of lane: Int, _ work: inout RunnerWork
    ) {
        let source = lanes.all[lane].source
        work.questions.ended(source)
        switch result {
        case .failure(let error):
            logger.info("history did not answer", metadata: ["lane": "\(lanes.all[lane])", "error": "\(error)"])
            work.states[lane].unanswered(question)
            work.questions.lookSoon(lane)
        case .success(let answer):
            let actions = work.states[lane].answered(question, answer.slice, decoded: answer.entries)
            work.perform(actions, of: lane)
            guard case .stopped(let stop) = work.states[lane].phase else { return }
            logger.error("projection stopped", metadata: ["lane": "\(lanes.all[lane])", "reason": "\(stop)"])
            work.stop(source, because: stop)
            if case .partitionCountDiffers = stop {
                work.problems.failure = PartitionCountMismatch(description: "\(source): \(stop)")
                work.isStopping = true
            }
        }
    }

    /// Sees whether another worker has moved on, and asks for heads.
    func lookAround(_ places: [Int], _ work: inout RunnerWork) async {
        // While a transaction is under way it may be this worker that has moved them.
        let checkpoints = work.transaction == .underWay ? nil : await checkpoints(&work)
        if let checkpoints, work.states.contains(where: { $0.checkpoint != checkpoints[$0.lane] }) {
            work.othersAppliedAt = .now
        }
        let othersApply = work.othersAppliedAt.map { $0.duration(to: .now) < headCheckInterval * 2 } ?? false
        for lane in places {
            if let checkpoints, let actions = work.states[lane].adopt(checkpoints[lanes.all[lane]]) {
                work.perform(actions, of: lane)
                continue
            }
            if othersApply, !work.session.isFed(lane), work.states[lane].leaveToOthers() { continue }
            work.states[lane].checkDue()
        }
    }
}
