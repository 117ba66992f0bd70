import Daybook

extension CommandHandler {
    /// Runs the code of a domain that work on one stream needs. Nothing is stored.
    static func rehearse<Subject: Aggregate>(
        _ subject: Subject.Type, on store: any WriterStore, _ work: MarkedWork, isRead: () -> Void
    ) async throws {
        let (id, codec) = (work.stream.id, EventCodec<Subject>())
        let repository = Repository<Subject>(store: store)
        switch work {
        case .stored:
            try await repository.states(id, after: .zero) { event, state in
                _ = try (codec.upcast(event), codec.tags(of: event), JSON.encode(state))
                return true
            }
            // From a snapshot, where there is one.
            _ = try await repository.load(id)
            try await store.rehearseForgetting(
                work.stream, isPlain: { codec.hasPlainPersonalData($0, published: $1) },
                tags: { (try? codec.tags(ofForgotten: $0)) ?? [] })
        case .new(_, let command):
            try await repository.rehearse(on: id, begins: isRead) { aggregate in
                guard command != .none else { return aggregate.forgetting() }
                let request = CommandRequest(
                    command: command.name, id: id, body: command.body, isLenient: true, expected: .any,
                    metadata: .new())
                return try aggregate.handle(Self.command(subject, request))
            }
        }
    }
}
