import Daybook
import DaybookAPI
import Synchronization

/// What an operator asked for and cannot have now.
struct OperationRefused: Error {
    let code: ProblemCode
    let detail: String
}

/// What operators may ask. What they want is written down before the answer, so that no crash forgets it.
extension ProjectionHost {
    /// Begins a new generation beside the one that serves.
    func rebuild(isHeld: Bool, requiresEqual: Bool) async throws {
        try await changing.withLock {
            let lock = try await lockNext()
            defer { withExtendedLifetime(lock) {} }
            if let build = try building() {
                throw OperationRefused(
                    code: .alreadyBuilding, detail: "generation \(build.number) is being built: cancel it first")
            }
            try store.create(
                GenerationRecord(role: .building, isHeld: isHeld, requiresEqual: requiresEqual),
                skipping: skippedEvents())
        }
        inbox.send(.progressed)
    }

    /// Lets a build that was held, or refused, take over once it has caught up, and one that was stopped go on.
    func promoteBuilt() async throws {
        try await changing.withLock {
            guard let build = try building() else {
                throw OperationRefused(code: .nothingBuilt, detail: "no generation is being built")
            }
            try await store.open(build.number).update { record in
                record.isHeld = false
                record.requiresEqual = record.requiresEqual && record.refusal == nil
                record.refusal = nil
                record.toleratesFailures = true
            }
            resumeBuild(build.number)
            resting.withLock { _ = $0.settled.remove(build.number) }
        }
        inbox.send(.progressed)
    }

    /// Gives up a build.
    func cancelBuild() async throws {
        try await changing.withLock {
            guard let build = try building() else {
                throw OperationRefused(code: .nothingBuilt, detail: "no generation is being built")
            }
            guard store.serving != nil else {
                throw OperationRefused(code: .firstBuild, detail: "there is nothing else that could serve")
            }
            try await discard([build.number])
        }
    }

    /// Lets the generation serve that did before.
    ///
    /// - Parameter forced: Its number, if it is to serve although a source has another log now, or does not say which.
    func rollBack(forcing forced: Int? = nil) async throws {
        try await changing.withLock {
            let serving = store.serving
            let previous = try store.summaries().last { $0.record.role == .previous && $0.number != serving }
            guard let previous else {
                throw OperationRefused(code: .noPrevious, detail: "there is no previous generation")
            }
            guard previous.version == projection.version else {
                throw OperationRefused(
                    code: .otherVersion,
                    detail: "generation \(previous.number) is of version \(previous.version): start a worker of that "
                        + "version, which will catch up and serve it")
            }
            if let forced {
                guard forced == previous.number else {
                    throw OperationRefused(
                        code: .notPrevious,
                        detail: "generation \(previous.number) is the previous one, not \(forced)")
                }
            } else {
                try await requirePresentLogs(of: previous)
            }
            try await promote(previous.number)
        }
    }

    /// Only history says which log a source has. What was made from another one does not serve by mistake.
    private func requirePresentLogs(of generation: GenerationSummary) async throws {
        for (lane, checkpoint) in generation.progress.checkpoints where feed.sources.contains(lane.source) {
            let slice = try await feed.history.slice(
                of: lane.source, lane.partition, after: checkpoint.offset, limit: 0)
            if slice.epoch == checkpoint.epoch && slice.anchor == checkpoint.anchor { continue }
            let number = generation.number
            throw OperationRefused(
                code: .otherLog,
                detail: "generation \(number) was made from another log of \(lane.source) than that one has now: "
                    + "rebuild, or roll back with --force \(number) to see its rows all the same")
        }
    }

    /// Removes what has served before, builds of other versions, which nobody can promote any more, and what does not
    /// serve and cannot be read.
    func dropPrevious() async throws {
        try await changing.withLock {
            let present = projection.version
            let (generations, damaged) = try store.survey()
            let serving = store.serving
            // While another one is promoted, the one that serves says that it did before.
            let done = generations.filter { generation in
                let role = generation.record.role
                return generation.number != serving
                    && (role == .previous || (role == .building && generation.version != present))
            }
            try await discard(done.map(\.number) + damaged.map(\.number))
        }
    }

    /// Removes every generation and builds the first one anew: until then nothing serves.
    func reset() async throws {
        defer { inbox.send(.progressed) }
        try await changing.withLock {
            let next = try await lockNext()
            defer { withExtendedLifetime(next) {} }
            let skipped = try skippedEvents()
            try await discard(store.numbers) {
                // First, so that no crash loses what is skipped.
                try store.create(GenerationRecord(role: .building), skipping: skipped)
                try store.serveNothing()
            }
        }
    }

    func setPaused(_ isPaused: Bool) async throws {
        try store.setPaused(isPaused)
        obeyPause()
        // Its failure policy may have paused it, of which the read model says nothing.
        if !isPaused { resume() }
    }

    /// The right to make a generation. Other workers of this read model have it only for a moment.
    ///
    /// - Throws: ``OperationRefused`` when one of them keeps it.
    func lockNext() async throws -> GenerationLock {
        for _ in 0..<250 {
            if let lock = try store.lockNext() { return lock }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw OperationRefused(
            code: .alreadyBuilding, detail: "another worker makes a generation at this moment: ask again")
    }

    private func building() throws -> GenerationSummary? {
        try store.summaries().last { $0.record.role == .building && $0.version == projection.version }
    }

    /// Removes generations, all or none of them, and never the one to which readers are led. While `changing` is held.
    private func discard(_ numbers: [Int], then body: () throws -> Void = {}) async throws {
        defer { inbox.send(.progressed) }
        try await stop(numbers)
        try await releasing(numbers, by: earlier[...]) {
            // From here on no other worker lets one of them serve.
            let promotion = try store.lockPromotion(as: "a worker that removes generations")
            defer { withExtendedLifetime(promotion) {} }
            let locks = try numbers.map { number in
                guard let lock = try store.lock(number) else {
                    throw OperationRefused(
                        code: .fedElsewhere, detail: "generation \(number) is fed by another worker: ask that one")
                }
                return lock
            }
            try body()
            if let serving = store.serving, numbers.contains(serving) {
                throw OperationRefused(code: .serves, detail: "generation \(serving) serves now")
            }
            try withExtendedLifetime(locks) { for number in numbers { try store.remove(number) } }
        }
    }

    /// Runs `body` while nobody in this process feeds these generations.
    private func releasing(
        _ numbers: [Int], by feeders: ArraySlice<any GenerationFeeder>, _ body: () async throws -> Void
    ) async throws {
        guard let feeder = feeders.first else { return try await body() }
        try await feeder.releasing(numbers) { try await releasing(numbers, by: feeders.dropFirst(), body) }
    }

    /// Stops what feeds these generations here.
    func stop(_ numbers: [Int]) async throws {
        for number in numbers {
            guard let member = members.withLock({ $0[number] }) else { continue }
            member.runner.stop()
            try await untilEnded(number)
        }
    }

    // MARK: Parked events

    /// The generation that serves.
    ///
    /// - Throws: ``NothingServes``, ``OperationRefused`` when what serves is of another version.
    func serving() throws -> any Generation {
        let number = try reader.generation()
        if let model = members.withLock({ $0[number]?.model }) { return model }
        guard try store.summary(of: number)?.version == projection.version else {
            throw OperationRefused(code: .otherVersion, detail: "what serves is of another version of the projection")
        }
        return try store.open(number)
    }

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { try await serving().parked(selection) }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await serving().retryParked(stream, of: source)
    }

    func unreadableMessages() throws -> (any UnreadableMessageStore)? {
        store.unreadableMessages(in: try reader.generation())
    }

    /// - Returns: `nil` when nothing of the stream is parked.
    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        let model = try serving()
        let (skipped, outcome) = try await model.skipParked(stream, of: source)
        guard let skipped else { return nil }
        for generation in try store.summaries()
        where generation.number != model.number && generation.version == projection.version {
            let other = try members.withLock { $0[generation.number]?.model } ?? store.open(generation.number)
            try await other.skip([SkippedEvent(source: source, id: skipped)])
        }
        return outcome
    }
}
