public import Daybook

/// An aggregate as the writer serves it: the same commands and queries for every domain, without its types.
public struct CommandHandler: Sendable {
    public let category: String
    /// Serves it from a store, with so many aggregates kept in memory.
    let served: @Sendable (any EventStore, _ cached: Int) -> Served

    struct Served: Sendable {
        let execute: @Sendable (CommandRequest) async throws -> CommandAnswer
        /// As it is now, or was at a moment.
        let state: @Sendable (String, Moment?) async throws -> (version: StreamVersion, json: [UInt8])
        /// A stored event in the present schema.
        let upcast: @Sendable (StoredEvent) throws -> [StoredEvent]
        /// Events after a version, at most so many, each with the state after it.
        let states: @Sendable (String, StreamVersion, Int) async throws -> [(event: StoredEvent, state: [UInt8])]
    }

    /// Serves `subject` under its category.
    public init<Subject: Aggregate>(_ subject: Subject.Type) {
        category = Subject.category.description
        served = { store, cached in
            let repository = Repository<Subject>(store: store, cached: cached)
            let codec = EventCodec<Subject>()
            return Served(
                execute: { request in
                    try await repository.execute(
                        Self.command(Subject.self, request), on: request.id, expecting: request.expected,
                        metadata: request.metadata, idempotency: request.idempotency)
                },
                state: { id, moment in
                    let loaded =
                        if let moment { try await repository.load(id, at: moment) } else {
                            try await repository.load(id)
                        }
                    return (loaded.version, try JSON.encode(loaded.aggregate))
                },
                upcast: { try codec.upcast($0) },
                states: { id, version, limit in
                    try await repository.states(id, after: version, limit: limit).map { event, state in
                        (event, try JSON.encode(state))
                    }
                })
        }
    }

    private static func command<Subject: Aggregate>(
        _ subject: Subject.Type, _ request: CommandRequest
    ) throws -> Subject.Command {
        do {
            return try TaggedJSON.decode(Subject.Command.self, tag: request.command, payload: request.body[...])
        } catch DecodingError.typeMismatch(_, let context) where context.codingPath.isEmpty {
            throw UnknownCommand(category: Subject.category.description, command: request.command)
        }
    }
}

/// A command as it came over the wire.
struct CommandRequest: Sendable {
    var command: String
    var id: String
    var body: [UInt8]
    var expected: ExpectedVersion
    var metadata: EventMetadata
    var idempotency: IdempotencyRecord?
}

/// No command of that name.
struct UnknownCommand: Error {
    let category: String
    let command: String
}
