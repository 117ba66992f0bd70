extension Repository {
    /// The decision of a domain on an aggregate: events and what they would make of it, or a refusal.
    struct Decision {
        var events: [NewEvent] = []
        var refusal: Refusal?
        /// The tags that nobody else may hold once the events are appended.
        var claims: [Tag] = []
        var conditions: [AppendCondition] = []
        /// The aggregate after the events, as they would be read from the store.
        var folded: Loaded<Subject>

        init(on loaded: Loaded<Subject>) { folded = loaded }
    }

    /// Runs all code of the domain that an append depends on: the decision, the mapping of its events, their tags, and
    /// the fold of what would be stored.
    ///
    /// - Throws: ``CodecError`` when an event could not be read back; `EncodingError`.
    func decided(
        _ decide: (Subject) throws(Subject.Failure) -> [Subject.Event], on loaded: Loaded<Subject>,
        of stream: StreamName, _ metadata: [UInt8], _ lookup: Lookup
    ) throws -> Decision {
        var decision = Decision(on: loaded)
        let events: [Subject.Event]
        do { events = try decide(loaded.aggregate) } catch {
            decision.refusal = Refusal(error)
            return decision
        }
        let time = now()
        decision.events = try events.map { try codec.encode($0, metadata: metadata, occurredAt: time) }
        decision.claims = claims(of: decision.events)
        if let failure = decision.claims.first(where: lookup.taken.contains).flatMap(Subject.taken) {
            decision.events = []
            decision.refusal = Refusal(failure)
            return decision
        }
        decision.conditions = conditions(on: decision.claims, lookup)
        try fold(decision.events, onto: &decision.folded, of: stream)
        return decision
    }

    private func fold(_ events: [NewEvent], onto loaded: inout Loaded<Subject>, of stream: StreamName) throws {
        for event in events {
            try event.data.withUnsafeBytes { data in
                let replayed = ReplayedEvent(
                    version: loaded.version.next, type: event.type, schemaVersion: event.schemaVersion, data: data)
                try codec.decode(replayed, of: stream) { loaded.aggregate.apply($0) }
            }
            loaded.version = loaded.version.next
        }
    }

    /// Runs the code of the domain that a command needs, and appends nothing: for trying a command alone.
    ///
    /// - Parameters:
    ///   - decide: Given the aggregate, once it was loaded.
    ///   - begins: Called between loading and deciding.
    /// - Throws: As ``execute(_:on:expecting:metadata:idempotency:text:)``.
    public func rehearse(
        on id: String, begins: () -> Void = {}, _ decide: (Subject) throws -> [Subject.Event]
    ) async throws {
        let stream = try StreamName(category: Subject.category, id: id)
        let loaded = try await load(id)
        begins()
        var folded = loaded
        let events = try decide(loaded.aggregate).map {
            try codec.encode($0, metadata: EventMetadata.new().encoded(), occurredAt: now())
        }
        for tag in claims(of: events) { _ = loaded.aggregate.holds(tag) }
        try fold(events, onto: &folded, of: stream)
    }
}
