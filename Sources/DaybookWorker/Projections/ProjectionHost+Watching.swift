import Daybook
import Logging
import Metrics
import Synchronization

/// How a host watches what posts to its generations.
extension ProjectionHost {
    private func measure(_ number: Int) async {
        gauges.generation.record(number)
        let model = members.withLock { $0[number]?.model }
        if let count = try? await model?.parkedCount() { gauges.parked.record(count) }
    }

    /// Passes on that a runner has moved: to those that follow the one that serves, and to who waits for a build or
    /// does not know yet that another worker has changed what serves.
    func follow(_ runner: ProjectionRunner, _ number: Int, _ role: GenerationRole) async {
        var isAgain = false
        var judgedAt: ContinuousClock.Instant?
        for await _ in runner.changes.listen() {
            if Task.isCancelled { return }
            let serves = store.serving == number
            let isSettled = resting.withLock { $0.settled.contains(number) }
            let isBuilt = isLeading && role == .building && !isSettled && runner.status.isBuilt
            if serves != (role == .serving) || isBuilt { inbox.send(.progressed) }
            if role == .serving { await measure(number) } else if role == .building { await judge(number, &judgedAt) }
            // The first word comes with listening, and says nothing.
            if role == .serving && isAgain {
                for runner in runners(where: { $0 != .serving }) { runner.look() }
            }
            isAgain = true
            if role != .building { try? await Task.sleep(for: .milliseconds(200)) }
        }
    }

    // MARK: Builds that should not go on

    /// So many streams more than in what serves may have an event in a build that cannot be posted.
    private static var parkedLimit: Int { 100 }

    /// Looks once a second at what a build has parked, and stops it when that can be no exception any more.
    private func judge(_ number: Int, _ judgedAt: inout ContinuousClock.Instant?) async {
        if let last = judgedAt, last.duration(to: .now) < .seconds(1) { return }
        judgedAt = .now
        guard let model = members.withLock({ $0[number]?.model }) else { return }
        _ = try? await stopIfFaulty(model, isBuilt: false)
    }

    /// Stops a build whose code is at fault, as its rows would be of no use: it has parked far more than what serves, or
    /// it has read everything and made no row. An operator may let it go on.
    ///
    /// - Returns: Whether it is stopped.
    func stopIfFaulty(_ model: any Generation, isBuilt: Bool) async throws -> Bool {
        let number = model.number
        guard let failing = try await model.failures() else { return false }
        let serving = try store.serving.map { try store.failures(in: $0)?.streams ?? 0 } ?? 0
        let isEmpty = isBuilt ? try await !model.hasRows() : false
        guard isEmpty || failing.streams > serving + Self.parkedLimit else { return false }
        if try await model.record().toleratesFailures { return false }
        let extent = isEmpty ? "everything was read, and there is no row" : "what serves has \(serving) of them"
        let reason =
            "the build is stopped: events of \(failing.streams) streams cannot be posted, the first one with "
            + "\(failing.reason) (\(extent))"
        members.withLock { $0[number]?.runner }?.pause(true)
        let problem = GenerationProblem(reason: reason, isStop: true)
        if problems.withLock({ $0.updateValue(problem, forKey: number) }) != problem {
            logger.error("\(reason)", metadata: ["projection": "\(projection.name)", "generation": "\(number)"])
        }
        return true
    }

    func isStopped(_ number: Int) -> Bool { problems.withLock { $0[number]?.isStop == true } }

    /// Lets a build go on that was stopped. That it may is in its record.
    func resumeBuild(_ number: Int) {
        problems.withLock { $0[number] = nil }
        members.withLock { $0[number]?.runner }?.pause(false)
    }
}
