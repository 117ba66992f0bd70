import Daybook

/// Shows what a command has written to who has its token.
extension ProjectionHost {
    /// A question, and what its answer must show.
    struct TokenQuery: Sendable {
        let query: any QueryDescription
        let parameters: QueryParameters
        /// The version of the projection that the query belongs to.
        let version: Int
        let token: WriteToken
    }

    /// Answers a query once the rows show what a command has written; `nil` when there is no such thing.
    ///
    /// - Parameters:
    ///   - patience: How long it waits for that.
    ///   - pause: How long it waits for this process alone before it looks whether another one has applied it.
    /// - Throws: `NotShown` when it has waited long enough, or waiting is of no use; `NothingServes`,
    ///   `OtherVersionServes`, what the query throws.
    func answer(
        _ query: TokenQuery, patience: Duration, pause: Duration = .milliseconds(100)
    ) async throws -> [UInt8]? {
        do { return try await waitForAnswer(query, patience, pause) } catch NotShown.behind(let lag) {
            // Otherwise whoever has a token of a place that the log does not have would be told for ever to ask again.
            if patience < Self.askedWithin * 2 { try await requirePlace(of: query.token, within: Self.askedWithin) }
            throw NotShown.behind(lag: lag)
        }
    }

    /// So long a writer has to say whether a place is in its log, however short the patience is.
    private static var askedWithin: Duration { .seconds(1) }

    private func waitForAnswer(
        _ query: TokenQuery, _ patience: Duration, _ pause: Duration
    ) async throws -> [UInt8]? {
        do { return try await answerNow(query) } catch NotShown.behind where patience > .zero {}
        return try await withThrowingTaskGroup(of: Answer?.self) { tasks in
            defer { tasks.cancelAll() }
            let deadline = ContinuousClock.now + patience
            tasks.addTask { Answer(bytes: try await self.answer(query, before: deadline, pause)) }
            // A writer is asked only where the rows are long in coming: they may never come.
            tasks.addTask {
                try await Task.sleep(for: patience / 2)
                try await self.requirePlace(of: query.token)
                return nil
            }
            for try await case let answer? in tasks { return answer.bytes }
            throw CancellationError()
        }
    }

    private func answerNow(_ query: TokenQuery) async throws -> [UInt8]? {
        if let reason = servingRunner?.status.stop(of: query.token.lane) { throw NotShown.stopped(reason: reason) }
        return try await reader.answer(query.query, query.parameters, of: query.version, after: query.token)
    }

    private func answer(
        _ query: TokenQuery, before deadline: ContinuousClock.Instant, _ pause: Duration
    ) async throws -> [UInt8]? {
        while true {
            do { return try await answerNow(query) } catch NotShown.behind(let lag) {
                guard ContinuousClock.now < deadline else { throw NotShown.behind(lag: lag) }
                try await waitForCommit(of: query.token, until: min(deadline, ContinuousClock.now + pause))
            }
        }
    }

    /// What posts here to the generation that serves.
    private var servingRunner: ProjectionRunner? { store.serving.flatMap(runner) }

    /// Returns once this process has committed what the token stands for, or its lane has stopped; at the latest then.
    private func waitForCommit(of token: WriteToken, until limit: ContinuousClock.Instant) async throws {
        guard let runner = servingRunner else { return try await Task.sleep(until: limit, clock: .continuous) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await Task.sleep(until: limit, clock: .continuous) }
            tasks.addTask {
                for await _ in runner.changes.listen() {
                    let status = runner.status
                    if status.hasPosted(token) || status.stop(of: token.lane) != nil { return }
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
        guard let log = try? await feed.history.slice(of: token.source, partition, after: offset, limit: 0) else {
            return
        }
        guard log.epoch == token.epoch, log.head >= offset else { throw NotShown.otherLog }
    }
}

/// What was found; `nil` when there is no such thing.
private struct Answer {
    let bytes: [UInt8]?
}

extension ProjectionStatus {
    private func status(of lane: Lane) -> LaneStatus? {
        lanes.first { $0.source == lane.source && $0.partition == lane.partition }
    }

    fileprivate func hasPosted(_ token: WriteToken) -> Bool {
        status(of: token.lane).map { $0.epoch == token.epoch && $0.checkpoint >= token.place.offset } ?? false
    }

    /// Why a lane has stopped; `nil` where it has not.
    fileprivate func stop(of lane: Lane) -> String? {
        guard let status = status(of: lane), status.state == .stopped else { return nil }
        return status.problem ?? "the source's log is another one now"
    }
}
