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
        /// Claims of the last attempt that others may hold by now.
        var disputed: [Tag] = []
    }

    /// The end of an attempt.
    enum Attempt {
        case answered(CommandAnswer)
        /// Another command was faster, and the next attempt may succeed. The error is thrown where there is none.
        case overtaken(AppendError)
    }

    /// Decides once on the aggregate, and appends what was decided.
    ///
    /// - Throws: ``AppendError`` when another attempt is of no use, ``CodecError``, ``Quarantined``.
    func attempt(
        _ execution: inout Execution, _ decide: (Subject) throws(Subject.Failure) -> [Subject.Event]
    ) async throws -> Attempt {
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
            cache.forget(stream)
            guard present.version == loaded.version else {
                execution.known = present
                return .overtaken(.contended(stream))
            }
        }
        guard isExpected else { return .answered(try await earlierAnswer(to: execution, at: loaded.version)) }
        if decision.events.isEmpty && execution.idempotency == nil {
            cache.keep(loaded, for: stream, asOf: execution.drops)
            return .answered(CommandAnswer(stream: stream, version: loaded.version, refusal: decision.refusal))
        }
        return try await append(decision, after: loaded.version, &execution)
    }

    /// The answer to the same command, if that is what moved the version since.
    ///
    /// - Throws: ``AppendError/conflict(_:expected:actual:)`` where it was another one.
    private func earlierAnswer(to execution: Execution, at version: StreamVersion) async throws -> CommandAnswer {
        if let idempotency = execution.idempotency, let earlier = try await store.answer(to: idempotency) {
            return earlier
        }
        throw AppendError.conflict(execution.stream, expected: execution.expected, actual: version)
    }

    private func append(
        _ decision: Decision, after version: StreamVersion, _ execution: inout Execution
    ) async throws -> Attempt {
        let stream = execution.stream
        do {
            let answer = try await store.append(
                AppendRequest(
                    stream: stream, expected: .exactly(version), events: decision.events,
                    idempotency: execution.idempotency, refusal: decision.refusal, conditions: decision.conditions))
            keep(decision.folded, for: stream, before: version, answer, asOf: execution.drops)
            return .answered(answer)
        } catch AppendError.conflict(_, _, let actual) {
            cache.forget(stream)
            let conflict = AppendError.conflict(stream, expected: execution.expected, actual: actual)
            guard execution.expected.accepts(actual) else { throw conflict }
            return .overtaken(conflict)
        } catch let error as AppendError {
            guard case .conditionFailed = error else { throw error }
            execution.disputed = decision.claims
            return .overtaken(error)
        }
    }

    /// Keeps the aggregate as its stored events make it, not as the decided ones would.
    private func keep(
        _ folded: Loaded<Subject>, for stream: StreamName, before version: StreamVersion, _ answer: CommandAnswer,
        asOf drops: Int
    ) {
        guard !answer.isRepeated, answer.version == folded.version else { return }
        cache.keep(folded, for: stream, asOf: drops)
        if Subject.snapshots.wantsOne(appendedFrom: version, to: folded.version) {
            snapshots.take(folded, of: stream)
        }
    }
}
