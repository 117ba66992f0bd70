import Logging
import Metrics

/// The transactions of a runner, and the acknowledgements after them.
extension ProjectionRunner {
    /// Begins a transaction with what is at hand, if none is under way.
    func apply(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        work.forgetPastFailures()
        guard work.mayApply else { return }
        let batch = work.takeBatch()
        guard !batch.isEmpty else {
            // Whatever could not be applied, another worker has applied it or will.
            work.problems.transaction = nil
            return
        }
        work.transaction = .underWay
        // Up to where the read model waits, it runs here: another thread would have to be woken for it.
        tasks.addImmediateTask { [readModel, inbox] in
            do {
                inbox.send(.applied(batch, .success(try await batch.apply(to: readModel))))
            } catch {
                inbox.send(.applied(batch, .failure(error)))
            }
        }
    }

    func applied(
        _ batch: RunnerWork.Batch, _ result: Result<[EventFailure], any Error>, _ work: inout RunnerWork,
        _ tasks: inout DiscardingTaskGroup
    ) async {
        work.transaction = .none
        switch result {
        case .success(let parked): await committed(batch, parked, &work)
        case .failure(let fenced as Fenced):
            logger.warning("fenced: \(fenced)", metadata: ["projection": "\(name)"])
            await startOver(&work, &tasks)
        case .failure(let failure as EventFailure):
            work.giveBack(batch)
            failed(failure, &work, &tasks)
        case .failure(let error):
            work.problems.transaction = "cannot post: \(error)"
            work.giveBack(batch)
            logger.error("cannot post, trying again", metadata: ["projection": "\(name)", "error": "\(error)"])
            tryAgainLater(&work, &tasks)
        }
    }

    private func tryAgainLater(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        if work.transaction != .waiting { later(.seconds(1), .goOn, &tasks) }
        work.transaction = .waiting
    }

    private func failed(_ failure: EventFailure, _ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        guard let lane = lanes.index(of: failure.lane) else { return }
        let verdict = work.failures.failed(
            lane, at: failure.entry.offset, reason: failure.reason, isFinal: failure.isFinal)
        logger.error(
            "an event cannot be posted",
            metadata: ["projection": "\(name)", "event": "\(failure.entry.id)", "error": "\(failure.reason)"])
        switch verdict {
        case .tryAgain(let wait): later(wait, .waited(lane: lane), &tasks)
        case .park: metrics?.parked.increment()
        case .pause:
            work.isPaused = true
            work.problems.transaction = "paused at \(failure)"
        }
    }

    /// - Parameter parked: What was parked at its first failure.
    private func committed(_ batch: RunnerWork.Batch, _ parked: [EventFailure], _ work: inout RunnerWork) async {
        if let first = parked.first {
            metrics?.parked.increment(by: parked.count)
            logger.error(
                "events are parked at their first failure, like the last ones of their type",
                metadata: ["projection": "\(name)", "count": "\(parked.count)", "first": "\(first)"])
        }
        let unreadable = batch.unreadable.count
        work.problems.transaction = nil
        work.problems.unreadable += unreadable
        if unreadable > 0 { metrics?.unreadable.increment(by: unreadable) }
        metrics?.posted.increment(by: batch.postings.reduce(0) { $0 + $1.entries.count })
        await acknowledge(work.committed(batch) { lanes.index(of: $0) })
    }

    /// A broker closes the channel of a consumer that keeps a message for too long, and what waits for one source takes
    /// the place of others' messages. What cannot be applied for a while is left to history.
    func letGoOfWhatIsHeld(_ work: inout RunnerWork) async {
        work.letGo(after: longestHold, now: .now)
        await acknowledge(work.session.settle(work.decisions.takeSettled()))
    }

    /// Applies what was accepted and acknowledges it, before the runner ends.
    func applyLast(_ work: inout RunnerWork) async {
        guard !work.isPaused else { return }
        let batch = work.takeBatch()
        do {
            await committed(batch, try await batch.apply(to: readModel), &work)
        } catch {
            logger.warning("cannot post at the end", metadata: ["projection": "\(name)", "error": "\(error)"])
        }
    }

    private func acknowledge(_ receipts: [Receipt]) async {
        if !receipts.isEmpty { await subscription.acknowledge(receipts) }
    }

    /// Starts over after another worker took over: forgets everything, gives the queues up, and reads what the read model
    /// says now.
    private func startOver(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) async {
        await subscription.reconnect()
        work.othersAppliedAt = .now
        work.endSession()
        guard let checkpoints = await checkpoints(&work) else { return tryAgainLater(&work, &tasks) }
        work.states = states(at: checkpoints)
    }

    /// The read model's checkpoints; `nil` when they cannot be read, which is then reported.
    func checkpoints(_ work: inout RunnerWork) async -> [Lane: Checkpoint]? {
        do {
            let checkpoints = try await readModel.checkpoints()
            work.problems.checkpoints = nil
            return checkpoints
        } catch {
            work.problems.checkpoints = "cannot read checkpoints: \(error)"
            return nil
        }
    }
}
