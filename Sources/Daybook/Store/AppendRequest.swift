/// Events for one stream, all or none, together with the answer to remember.
public struct AppendRequest: Sendable {
    public var stream: StreamName
    public var expected: ExpectedVersion
    public var events: [NewEvent]
    public var idempotency: IdempotencyRecord?
    /// Set when the domain refused: there are no events, but an answer to remember.
    public var refusal: Refusal?
    /// All must hold. They are looked at after idempotency and the expected version.
    public var conditions: [AppendCondition]

    public init(
        stream: StreamName, expected: ExpectedVersion, events: [NewEvent], idempotency: IdempotencyRecord? = nil,
        refusal: Refusal? = nil, conditions: [AppendCondition] = []
    ) {
        self.stream = stream
        self.expected = expected
        self.events = events
        self.idempotency = idempotency
        self.refusal = refusal
        self.conditions = conditions
    }
}

extension [AppendRequest] {
    /// Refuses appends that have an event id twice: an id names one event.
    ///
    /// - Throws: ``AppendError/eventIDReused(_:)``.
    public func refuseRepeatedIDs() throws(AppendError) {
        if count == 1 && self[0].events.count < 2 { return }
        var known: Set<EventID> = []
        for request in self {
            for event in request.events where !known.insert(event.id).inserted { throw .eventIDReused(event.id) }
        }
    }

    /// What a store does first with appends that belong together.
    ///
    /// - Parameter answer: Finds what was answered to one of them before, if anything.
    /// - Returns: The answers, if all were answered before; `nil` if none was.
    /// - Throws: ``AppendError/inconsistent(_:)``; what `answer` throws.
    public func earlierAnswers(_ answer: (AppendRequest) throws -> CommandAnswer?) throws -> [CommandAnswer]? {
        var streams: Set<StreamName> = []
        var earlier: [CommandAnswer] = []
        for request in self {
            guard streams.insert(request.stream).inserted else { throw AppendError.inconsistent(request.stream) }
            if let answer = try answer(request) { earlier.append(answer) }
        }
        if earlier.count == count { return earlier }
        guard let first = earlier.first else { return nil }
        throw AppendError.inconsistent(StreamName(stored: first.stream))
    }
}
