import Daybook

/// A query whose rows must show what the command with a token has written.
struct TokenQuery: Sendable {
    let query: any QueryDescription
    let parameters: QueryParameters
    /// The version of the projection that the query belongs to.
    let version: Int
    let token: WriteToken
}

/// Queries that read a client's own writes.
struct TokenQueries: Sendable {
    let supervisor: GenerationSupervisor

    private var context: ProjectionContext { supervisor.context }

    /// Answers a query once the rows show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameters:
    ///   - timeout: The longest wait for that.
    ///   - pause: The wait for this process alone, after which it looks whether another one has applied it.
    /// - Throws: `NotShown` when it has waited long enough, or waiting is of no use; `NothingServes`,
    ///   `OtherVersionServes`, what the query throws.
    func answer(
        _ query: TokenQuery, within timeout: Duration, pause: Duration = .milliseconds(100)
    ) async throws -> [UInt8]? {
        do { return try await waitForAnswer(query, within: timeout, pause: pause) } catch NotShown.behind(let lag) {
            // Otherwise a client with a token of a place that the log does not have would be told to retry for ever.
            if timeout < Self.askedWithin * 2 { try await requirePlace(of: query.token, within: Self.askedWithin) }
            throw NotShown.behind(lag: lag)
        }
    }

    /// The time that a writer has to say whether a place is in its log, however short the timeout is.
    private static let askedWithin = Duration.seconds(1)

    private func waitForAnswer(
        _ query: TokenQuery, within timeout: Duration, pause: Duration
    ) async throws -> [UInt8]? {
        do { return try await answerNow(query) } catch NotShown.behind where timeout > .zero {}
        return try await withThrowingTaskGroup(of: Answer?.self) { tasks in
            defer { tasks.cancelAll() }
            let deadline = ContinuousClock.now + timeout
            tasks.addTask { Answer(bytes: try await self.answer(query, before: deadline, pause: pause)) }
            // A writer is asked only where the rows are long in coming: they may never come.
            tasks.addTask {
                try await Task.sleep(for: timeout / 2)
                try await self.requirePlace(of: query.token)
                return nil
            }
            for try await case let answer? in tasks { return answer.bytes }
            throw CancellationError()
        }
    }

    private func answerNow(_ query: TokenQuery) async throws -> [UInt8]? {
        if let reason = supervisor.servingRunner?.status.stop(of: query.token.lane) {
            throw NotShown.stopped(reason: reason)
        }
        return try await context.reader.answer(query.query, query.parameters, of: query.version, after: query.token)
    }

    private func answer(
        _ query: TokenQuery, before deadline: ContinuousClock.Instant, pause: Duration
    ) async throws -> [UInt8]? {
        while true {
            do { return try await answerNow(query) } catch NotShown.behind(let lag) {
                guard ContinuousClock.now < deadline else { throw NotShown.behind(lag: lag) }
                try await waitForCommit(of: query.token, until: min(deadline, ContinuousClock.now + pause))
            }
        }
    }

    /// Returns once this process has committed what the token stands for, or its lane has stopped; at the latest then.
    private func waitForCommit(of token: WriteToken, until limit: ContinuousClock.Instant) async throws {
        guard let runner = supervisor.servingRunner else {
            return try await Task.sleep(until: limit, clock: .continuous)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await Task.sleep(until: limit, clock: .continuous) }
            tasks.addTask {
                for await _ in runner.changes.listen() {
                    let status = runner.status
                    if status.hasApplied(token) || status.stop(of: token.lane) != nil { return }
                }
            }
            _ = try await tasks.next()
        }
    }

    private func requirePlace(of token: WriteToken, within limit: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await self.requirePlace(of: token) }
            tasks.addTask { try await Task.sleep(for: limit) }
            _ = try await tasks.next()
        }
    }

    /// - Throws: `NotShown.otherLog` when the source's log has no such place. A writer that does not answer says nothing.
    private func requirePlace(of token: WriteToken) async throws {
        let (partition, offset) = (token.place.partition, token.place.offset)
        guard let log = try? await context.feed.history.slice(of: token.source, partition, after: offset, limit: 0)
        else {
            return
        }
        guard log.epoch == token.epoch, log.head >= offset else { throw NotShown.otherLog }
    }
}

/// The bytes that were found; `nil` when there is no such thing.
private struct Answer {
    let bytes: [UInt8]?
}

extension ProjectionStatus {
    private func status(of lane: Lane) -> LaneStatus? {
        lanes.first { $0.source == lane.source && $0.partition == lane.partition }
    }

    fileprivate func hasApplied(_ token: WriteToken) -> Bool {
        status(of: token.lane).map { $0.epoch == token.epoch && $0.checkpoint >= token.place.offset } ?? false
    }

    /// The reason why a lane has stopped; `nil` where it has not.
    fileprivate func stop(of lane: Lane) -> String? {
        guard let status = status(of: lane), status.state == .stopped else { return nil }
        return status.problem ?? "the source's log is another one now"
    }
}
