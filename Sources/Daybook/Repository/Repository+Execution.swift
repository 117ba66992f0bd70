extension Repository {
    /// A command on its way: all but the aggregate, which each attempt sees anew.
    struct Execution {
        let stream: StreamName
        let expected: ExpectedVersion
        let metadata: [UInt8]
        let idempotency: IdempotencyRecord?
        let text: CommandText
        /// The number of times that something was dropped from the cache before the execution began.
        let drops: Int
        /// The aggregate for the next attempt, where it need not be loaded. The store may have later events.
        var known: Loaded<Subject>?
        var lookup = Lookup()
        /// Tags at which the next attempt looks first, because others may hold them by now.
        var disputed: [Tag] = []
    }

    /// Decides once on the aggregate, and appends what was decided.
    ///
    /// - Throws: ``AppendError`` when another attempt is of no use, ``CodecError``, ``Quarantined``.
    func attempt(
        _ execution: inout Execution, by decide: (Subject) throws(Subject.Failure) -> [Subject.Event]
    ) async throws -> AttemptOutcome<Subject> {
        let stream = execution.stream
        try await look(at: execution.disputed, for: stream, &execution.lookup)
        let isCached = execution.known != nil
        let loaded = if let known = execution.known { known } else { try await begin(stream) }
        execution.known = nil
        execution.disputed = []
        let isExpected = execution.expected.accepts(loaded.version)
        var decision = Decision(on: loaded)
        if isExpected {
            decision = try marked(.new(stream, execution.text)) {
                try decided(decide, on: loaded, of: stream, execution.metadata, execution.lookup)
            }
        }
        if decision.events.isEmpty && isCached {
            // No append will check the version: see what came since.
            let present = try await current(stream, from: loaded)
            if present.version != loaded.version { return .outdated(present) }
        }
        guard isExpected else { return try await unexpected(loaded.version, by: execution) }
        if decision.events.isEmpty && execution.idempotency == nil {
            let answer = CommandAnswer(stream: stream, version: loaded.version, refusal: decision.refusal)
            return outcome(of: decision, after: loaded.version, with: answer)
        }
        return try await append(decision, after: loaded.version, by: execution)
    }

    /// Sees whether the same command is what moved the stream to a version that it does not expect.
    private func unexpected(
        _ version: StreamVersion, by execution: Execution
    ) async throws -> AttemptOutcome<Subject> {
        if let idempotency = execution.idempotency, let earlier = try await store.answer(to: idempotency) {
            return .repeated(earlier)
        }
        return .unexpected(.conflict(execution.stream, expected: execution.expected, actual: version))
    }

    private func append(
        _ decision: Decision, after version: StreamVersion, by execution: Execution
    ) async throws -> AttemptOutcome<Subject> {
        do {
            let answer = try await store.append(
                AppendRequest(
                    stream: execution.stream, expected: .exactly(version), events: decision.events,
                    idempotency: execution.idempotency, refusal: decision.refusal, conditions: decision.conditions))
            return outcome(of: decision, after: version, with: answer)
        } catch AppendError.conflict(_, _, let actual) {
            let conflict = AppendError.conflict(execution.stream, expected: execution.expected, actual: actual)
            return execution.expected.accepts(actual) ? .overtaken(conflict) : .unexpected(conflict)
        } catch let error as AppendError {
            guard case .conditionFailed = error else { throw error }
            return .disputed(decision.claims, error)
        }
    }

    private func outcome(
        of decision: Decision, after version: StreamVersion, with answer: CommandAnswer
    ) -> AttemptOutcome<Subject> {
        if answer.isRepeated { return .repeated(answer) }
        if decision.refusal != nil { return .refused(answer, on: decision.folded) }
        if decision.events.isEmpty { return .unchanged(answer, on: decision.folded) }
        return .accepted(answer, before: version, folded: decision.folded)
    }

    /// Keeps the aggregate as its stored events make it, not as the decided ones would.
    ///
    /// - Parameter version: The version before those events.
    func keep(
        _ loaded: Loaded<Subject>, after version: StreamVersion, with answer: CommandAnswer, by execution: Execution
    ) {
        guard answer.version == loaded.version else { return }
        cache.keep(loaded, for: execution.stream, asOf: execution.drops)
        if Subject.snapshots.wantsOne(appendedFrom: version, to: loaded.version) {
            snapshots.take(loaded, of: execution.stream)
        }
    }
}
