public import Daybook

/// An aggregate as the writer serves it: the same commands and queries for every domain, without its types.
public struct CommandHandler: Sendable {
    public let category: String
    /// The aggregate's type.
    let name: String
    /// The trouble with the code of its events and commands, as far as their examples show.
    let warnings: [String]
    /// `false` when its code has nothing for stored events of a type and a schema version.
    let knows: @Sendable (String, Int) -> Bool
    /// Makes ready what it needs of a store before commands are taken; how many events could not be read for it.
    let prepare: @Sendable (any TagIndexing, (any CodeMarks)?) async throws -> Int?
    /// `true` when its events have personal data.
    let hasPersonalData: Bool
    /// Serves it from a store, with so many aggregates kept in memory and with notes of the code that runs.
    let served: @Sendable (any EventStore, _ cached: Int, (any CodeMarks)?) -> Served
    /// Runs the code that work on a stream needs, and stores nothing; says when all that is stored was read.
    let rehearse: @Sendable (any WriterStore, MarkedWork, _ isRead: () -> Void) async throws -> Void

    struct Served: Sendable {
        let execute: @Sendable (CommandRequest) async throws -> CommandAnswer
        /// As it is now, or was at a moment.
        let state: @Sendable (String, Moment?) async throws -> (version: StreamVersion, json: [UInt8])
        /// A stored event in the present schema.
        let upcast: @Sendable (StoredEvent) throws -> [StoredEvent]
        /// The names under which events may be stored that are of a type now.
        let storedNames: @Sendable (String) -> Set<String>
        /// Shows events after a version, each with the state after it, as long as more is wanted.
        let states: @Sendable (String, StreamVersion, (StoredEvent, [UInt8]) async throws -> Bool) async throws -> Void
        /// Appends that the personal data of an aggregate are destroyed, once its key is.
        let recordForgetting: @Sendable (String, EventMetadata) async throws -> CommandAnswer
        /// `true` when some of the personal data of an event and of what was published of it, as they are stored, stand
        /// there as they are.
        let hasPlainPersonalData: @Sendable (StoredEvent, [NewEvent.Published]) throws -> Bool
        /// The tags by which a stored event is found once its subject is forgotten; nothing where it cannot be read so.
        let tagsOfForgotten: @Sendable (StoredEvent) throws -> [Tag]
    }

    /// Serves `subject` under its category.
    public init<Subject: Aggregate>(_ subject: Subject.Type) {
        category = Subject.category.description
        name = "\(subject)"
        let events = Subject.Event.catalogue.map { $0.example as any Encodable }
        let commands = Subject.commands.map { $0.example as any Encodable }
        warnings = (events + commands).compactMap { Self.warning(about: $0) }
        prepare = { try await $0.indexTags(of: Subject.self, marks: $1) }
        rehearse = { try await Self.rehearse(Subject.self, on: $0, $1, isRead: $2) }
        let codec = EventCodec<Subject>()
        knows = { codec.knows($0, schemaVersion: $1) }
        hasPersonalData = !Subject.Event.personal.isEmpty
        served = { store, cached, marks in
            let repository = Repository<Subject>(store: store, cached: cached, marks: marks)
            @Sendable func marked<Value>(_ event: StoredEvent, _ body: () throws -> Value) throws -> Value {
                guard let marks else { return try body() }
                return try marks.marking(.stored(event.stream, event.version), body)
            }
            return Served(
                execute: { request in
                    let command: Subject.Command
                    let text = CommandText(name: request.command, body: request.body)
                    do { command = try Self.command(Subject.self, request, text, marks) } catch {
                        // What was answered once is answered so again, also when the code takes it no more.
                        if let key = request.idempotency, let earlier = try await store.answer(to: key) {
                            return earlier
                        }
                        throw error
                    }
                    return try await repository.execute(
                        command, on: request.id, expecting: request.expected, metadata: request.metadata,
                        idempotency: request.idempotency, text: text)
                },
                state: { id, moment in
                    let loaded =
                        if let moment { try await repository.load(id, at: moment) } else {
                            try await repository.load(id)
                        }
                    return (loaded.version, try repository.encoded(loaded, of: id))
                },
                upcast: { event in try marked(event) { try codec.upcast(event) } },
                storedNames: { codec.storedNames(of: $0) },
                states: { id, version, show in
                    try await repository.states(id, after: version) { event, state in
                        try await show(event, try marked(event) { try JSON.encode(state) })
                    }
                },
                recordForgetting: { id, metadata in
                    // What is kept in memory was folded while the key was there.
                    try repository.dropCached(id)
                    let answer = try await repository.execute(on: id, metadata: metadata) { $0.forgetting() }
                    try repository.dropCached(id)
                    return answer
                },
                hasPlainPersonalData: { event, published in
                    try marked(event) { codec.hasPlainPersonalData(event, published: published) }
                },
                tagsOfForgotten: { event in try marked(event) { (try? codec.tags(ofForgotten: event)) ?? [] } })
        }
    }

    private static func warning(about example: any Encodable) -> String? {
        guard let (type, payload) = try? TaggedJSON.encode(example), payload.starts(with: Array("{\"_0\":".utf8)) else {
            return nil
        }
        return "a value of “\(type)” has no label: its name in JSON is _0"
    }

    private static func command<Subject: Aggregate>(
        _ subject: Subject.Type, _ request: CommandRequest, _ text: CommandText, _ marks: (any CodeMarks)?
    ) throws -> Subject.Command {
        guard let marks else { return try command(subject, request) }
        let stream = try StreamName(category: Subject.category, id: request.id)
        return try marks.marking(.new(stream, text)) { try command(subject, request) }
    }

    static func command<Subject: Aggregate>(
        _ subject: Subject.Type, _ request: CommandRequest
    ) throws -> Subject.Command {
        let retired = Subject.retiredMembers[request.command] ?? []
        do {
            return try TaggedJSON.decodeAll(Subject.Command.self, tag: request.command, payload: request.body) {
                request.isLenient || retired.contains($0)
            }
        } catch is UnknownCase {
            throw UnknownCommand(category: Subject.category.description, command: request.command)
        } catch {
            throw MalformedBody(cause: error)
        }
    }
}

/// A command as it came over the wire.
struct CommandRequest: Sendable {
    var command: String
    var id: String
    var body: [UInt8]
    /// `true` when members that the command does not have are to be dropped.
    var isLenient = false
    var expected: ExpectedVersion
    var metadata: EventMetadata
    var idempotency: IdempotencyRecord?
}

/// A body that is not what its command takes.
struct MalformedBody: Error {
    let cause: any Error
}

/// No command of that name.
struct UnknownCommand: Error {
    let category: String
    let command: String
}
