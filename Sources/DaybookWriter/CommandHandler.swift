public import Daybook

/// An aggregate as the writer serves it: the same commands and queries for every domain, without its types.
public struct CommandHandler: Sendable {
    public let category: String
    let execute: @Sendable (CommandRequest, any EventStore) async throws -> CommandAnswer
    let state: @Sendable (String, any EventStore) async throws -> (version: StreamVersion, json: [UInt8])

    /// Serves `subject` under its category.
    public init<Subject: Aggregate>(_ subject: Subject.Type) {
        category = Subject.category.description
        execute = { request, store in
            let command: Subject.Command
            do {
                command = try TaggedJSON.decode(Subject.Command.self, tag: request.command, payload: request.body)
            } catch DecodingError.typeMismatch(_, let context) where context.codingPath.isEmpty {
                throw UnknownCommand(category: Subject.category.description, command: request.command)
            }
            return try await Repository<Subject>(store: store).execute(
                command, on: request.id, expecting: request.expected, metadata: request.metadata,
                idempotency: request.idempotency)
        }
        state = { id, store in
            let loaded = try await Repository<Subject>(store: store).load(id)
            return (loaded.version, try JSON.encode(loaded.aggregate))
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
