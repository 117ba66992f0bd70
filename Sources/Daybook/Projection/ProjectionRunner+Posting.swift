import Logging
import Metrics

/// How a runner commits what its lanes have accepted, and acknowledges it.
extension ProjectionRunner {
    /// Begins a transaction with what is at hand, if none is under way.
    func post(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        work.takeVerdicts()
        work.forgetPastFailures()
        guard !work.isPosting, !work.isRetryPending, !work.isStopping, !work.isPaused, !work.isWorthWaiting else {
            return
        }
        let batch = work.takeBatch()
        guard !batch.isEmpty else { return work.rest() }
        work.isPosting = true
        // Up to where the read model waits, it runs here: another thread would have to be woken for it.
        tasks.addImmediateTask { [readModel, inbox] in
            do {
                inbox.send(.posted(batch, .success(try await batch.post(to: readModel))))
            } catch {
                inbox.send(.posted(batch, .failure(error)))
            }
        }
    }

    func posted(
        _ batch: RunnerWork.Batch, _ result: Result<[EventFailure], any Error>, _ work: inout RunnerWork,
        _ tasks: inout DiscardingTaskGroup
    ) async {
        work.isPosting = false
        switch result {
        case .success(let parked): await committed(batch, parked, &work)
        case .failure(let fenced as Fenced):
            logger.warning("fenced: \(fenced)", metadata: ["projection": "\(name)"])
            await startOver(&work, &tasks)
        case .failure(let failure as EventFailure):
            work.giveBack(batch)
            failed(failure, &work, &tasks)
        case .failure(let error):
            work.problem = "cannot post: \(error)"
            work.giveBack(batch)
            logger.error("cannot post, trying again", metadata: ["projection": "\(name)", "error": "\(error)"])
            tryAgainLater(&work, &tasks)
        }
    }

    private func tryAgainLater(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        if !work.isRetryPending { later(.seconds(1), .goOn, &tasks) }
        work.isRetryPending = true
    }

    private func failed(_ failure: EventFailure, _ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) {
        guard let lane = index(failure.lane.source, failure.lane.partition) else { return }
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
            work.problem = "paused at \(failure)"
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
        work.problem = nil
        work.unreadable += unreadable
        if unreadable > 0 { metrics?.unreadable.increment(by: unreadable) }
        var verdicts = batch.verdicts
        for posting in batch.postings {
            guard let lane = index(posting.lane.source, posting.lane.partition) else { continue }
            verdicts += work.states[lane].committed(posting).map { LaneState.Verdict(receipt: $0) }
            work.failures.posted(lane, upTo: posting.next.offset)
            metrics?.posted.increment(by: posting.entries.count)
        }
        await acknowledge(verdicts, &work)
    }

    /// A broker closes the channel of a consumer that keeps a message for too long, and what waits for one source takes
    /// the place of others' messages. What cannot be posted for a while is left to history.
    func letGoOfWhatIsHeld(_ work: inout RunnerWork) async {
        work.letGo(after: longestHold, now: .now)
        await acknowledge(work.takeSettled(), &work)
    }

    /// Before it lets go: posts what was accepted, and acknowledges it.
    func postLast(_ work: inout RunnerWork) async {
        guard !work.isPaused else { return }
        let batch = work.takeBatch()
        do {
            await committed(batch, try await batch.post(to: readModel), &work)
        } catch {
            logger.warning("cannot post at the end", metadata: ["projection": "\(name)", "error": "\(error)"])
        }
    }

    private func acknowledge(_ verdicts: [LaneState.Verdict], _ work: inout RunnerWork) async {
        let settled = verdicts.filter { $0.receipt.session == work.session }
        var receipts: [Receipt] = []
        for (partition, verdicts) in Dictionary(grouping: settled, by: \.receipt.partition) {
            guard let tag = work.acknowledgements[partition]?.settle(verdicts.lazy.map(\.receipt.tag)) else { continue }
            receipts.append(Receipt(session: work.session, partition: partition, tag: tag))
        }
        if !receipts.isEmpty { await subscription.acknowledge(receipts) }
    }

    /// Another worker took over: forget everything, give the queues up, and see what the read model says now.
    private func startOver(_ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) async {
        await subscription.reconnect()
        work.othersPostedAt = .now
        work.endSession()
        guard let checkpoints = await checkpoints(&work) else { return tryAgainLater(&work, &tasks) }
        work.states = states(at: checkpoints)
    }

    /// The read model's checkpoints; `nil` when they cannot be read, which is then reported.
    func checkpoints(_ work: inout RunnerWork) async -> [Lane: Checkpoint]? {
        do {
            let checkpoints = try await readModel.checkpoints()
            work.unreadCheckpoints = nil
            return checkpoints
        } catch {
            work.unreadCheckpoints = "cannot read checkpoints: \(error)"
            return nil
        }
    }
}
