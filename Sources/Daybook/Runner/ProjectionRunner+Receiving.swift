import Logging
import Metrics

/// The input of a runner.
extension ProjectionRunner {
    func take(_ input: Input, _ work: inout RunnerWork, _ tasks: inout DiscardingTaskGroup) async {
        switch input {
        case .connected(let session): work.beginSession(session)
        case .disconnected: work.session.disconnect()
        case .refused(let reason): work.session.refusal = reason
        case .messages(let messages):
            await takeOver(messages.map(\.message), &work)
            for (message, event) in messages where message.receipt.session == work.session.number {
                receive(message, event, &work)
            }
        case .answer(let lane, let question, let result): takeAnswer(result, to: question, of: lane, &work)
        case .applied(let batch, let result): await applied(batch, result, &work, &tasks)
        case .look(let lane):
            work.questions.looked(lane)
            await lookAround([lane], &work)
        case .tick: await lookAround(Array(lanes.all.indices), &work)
        case .letGo: await letGoOfWhatIsHeld(&work)
        case .goOn: work.transaction = .none
        case .waited(let lane): work.failures.waited(lane)
        case .pause(let isPaused):
            work.isPaused = isPaused
            if !isPaused {
                work.failures.forgive()
                work.problems.transaction = nil
            }
        case .restart:
            guard let checkpoints = await checkpoints(&work) else { return }
            for (index, lane) in lanes.all.enumerated() { work.states[index].restart(at: checkpoints[lane]) }
        case .stop: work.isStopping = true
        }
    }

    /// Takes lanes over: their first messages may mean that another worker has applied them until now. Asking the read
    /// model first is cheaper than being fenced.
    private func takeOver(_ messages: [IncomingMessage], _ work: inout RunnerWork) async {
        let fed = Set(
            messages.compactMap { message -> Int? in
                guard case .entry(let source, _, _) = message.content else { return nil }
                return lanes.index(of: Lane(source: source, partition: message.receipt.partition))
            })
        let fresh = work.session.fed(fed)
        // While a transaction is under way it may be this worker that moves the checkpoints.
        guard !fresh.isEmpty, work.transaction != .underWay, let checkpoints = try? await readModel.checkpoints() else {
            return
        }
        work.session.compared(fresh)
        for lane in fresh { work.perform(work.states[lane].takeOver(at: checkpoints[lanes.all[lane]]), of: lane) }
    }

    private func receive(
        _ message: IncomingMessage, _ event: Result<(any DecodedEvent)?, any Error>, _ work: inout RunnerWork
    ) {
        let receipt = message.receipt
        work.session.received(receipt)
        func keep(_ reason: String) {
            let kept = UnreadableMessage(partition: receipt.partition, reason: reason, raw: message.raw)
            work.decisions.append(MessageDecision(receipt: receipt, unreadable: kept))
            // It may have been the only copy of an event: let history tell.
            for lane in work.states.indices where work.states[lane].lane.partition == receipt.partition {
                work.states[lane].checkDue()
            }
        }
        switch message.content {
        case .unreadable(let reason): keep(reason)
        case .entry(let source, _, let entry):
            let partition = entry.place.partition
            guard partition == receipt.partition else { return keep("of \(partition), in another's queue") }
            guard let lane = lanes.index(of: Lane(source: source, partition: partition)) else {
                return ignore(source, receipt, &work)
            }
            switch event {
            case .success(let event): work.perform(work.states[lane].receive(message, event: event), of: lane)
            case .failure(let error): keep("cannot be decoded: \(error)")
            }
        }
    }

    /// Leaves a message alone of a source that is not listed: other writers may publish to the same exchange.
    private func ignore(_ source: Source, _ receipt: Receipt, _ work: inout RunnerWork) {
        work.decisions.append(MessageDecision(receipt: receipt))
        metrics?.ignored.increment()
        guard work.problems.ignore(source) else { return }
        logger.warning(
            "messages of a source that is not listed are ignored",
            metadata: ["projection": "\(name)", "source": "\(source)"])
    }

    // MARK: Decoding

    /// Decodes messages where they come in, beside the task that applies them.
    func read(_ event: SubscriptionEvent) -> Input {
        switch event {
        case .connected(let session): .connected(session: session)
        case .disconnected: .disconnected
        case .refused(let reason): .refused(reason)
        case .messages(let messages):
            .messages(
                messages.map { message in
                    guard case .entry(_, _, let entry) = message.content else { return (message, .success(nil)) }
                    return (message, decode(entry))
                })
        }
    }

    private func decode(_ entry: LogEntry) -> Result<(any DecodedEvent)?, any Error> {
        do { return .success(try readModel.decode(entry)) } catch let error as LaterSchemaVersion {
            // The message is as it should be, and history has the same: the event is parked in its turn.
            return .success(UndecodableEvent(error))
        } catch {
            return .failure(error)
        }
    }
}
