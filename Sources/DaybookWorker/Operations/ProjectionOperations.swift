import Daybook
import DaybookAPI

/// The operations on a read model's generations that operators ask for. What they want is written down before the
/// response, so that no crash forgets it.
struct ProjectionOperations: Sendable {
    let supervisor: GenerationSupervisor

    var context: ProjectionContext { supervisor.context }
    var registry: GenerationRegistry { supervisor.registry }

    // MARK: The next generation

    /// Begins a new generation beside the one that serves.
    func rebuild(isHeld: Bool, requiresEqual: Bool) async throws {
        try await registry.changing.withLock {
            let lock = try await context.lockNext()
            defer { withExtendedLifetime(lock) {} }
            if let build = try context.build() {
                throw OperationRefused(
                    code: .alreadyBuilding, detail: "generation \(build.number) is being built: cancel it first")
            }
            try context.store.create(
                GenerationRecord(role: .building, isHeld: isHeld, requiresEqual: requiresEqual),
                skipping: context.skippedEvents())
        }
        registry.inbox.send(.progressed)
    }

    /// Lets a build that was held, or refused, take over once it has caught up, and one that was stopped go on.
    func promoteBuilt() async throws {
        try await registry.changing.withLock {
            let build = try requireBuild()
            try await context.store.open(build.number).update { record in
                record.isHeld = false
                record.requiresEqual = record.requiresEqual && record.refusal == nil
                record.refusal = nil
                record.toleratesFailures = true
            }
            supervisor.promotion.buildCheck.resume(build.number)
            registry.problems.unsettle(build.number)
        }
        registry.inbox.send(.progressed)
    }

    /// Gives up a build.
    func cancelBuild() async throws {
        try await registry.changing.withLock {
            let build = try requireBuild()
            guard context.store.serving != nil else {
                throw OperationRefused(code: .firstBuild, detail: "there is nothing else that could serve")
            }
            try await discard([build.number])
        }
    }

    private func requireBuild() throws -> GenerationSummary {
        guard let build = try context.build() else {
            throw OperationRefused(code: .nothingBuilt, detail: "no generation is being built")
        }
        return build
    }

    // MARK: The previous generation

    /// Lets the generation serve that did before.
    ///
    /// - Parameter forced: Its number, if it is to serve although a source has another log now, or does not say which.
    func rollBack(forcing forced: Int? = nil) async throws {
        try await registry.changing.withLock {
            let serving = context.store.serving
            let previous = try context.store.summaries().last {
                $0.record.role == .previous && $0.number != serving
            }
            guard let previous else {
                throw OperationRefused(code: .noPrevious, detail: "there is no previous generation")
            }
            guard previous.version == context.projection.version else {
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
            try await supervisor.promotion.promote(previous.number)
        }
    }

    /// Only history says which log a source has. What was made from another one does not serve by mistake.
    private func requirePresentLogs(of generation: GenerationSummary) async throws {
        let feed = context.feed
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

    // MARK: Pausing

    /// Pauses the projection, or lets it go on, for every worker of the read model and over restarts.
    func setPaused(_ isPaused: Bool) async throws {
        try context.store.setPaused(isPaused)
        supervisor.obeyPause()
        // Its failure policy may have paused it, of which the read model says nothing.
        if !isPaused { supervisor.resume() }
    }
}
