import Daybook

/// The rules of a port. Each is held against a store of its own.
protocol PortContract: Sendable {
    associatedtype Store

    /// A rule for a store in words, and its check.
    typealias Rule = (String, (Self) async throws -> Void)

    static var rules: [Rule] { get }

    var store: Store { get }

    init(store: Store)
}

extension PortContract {
    /// - Parameter makeStore: Makes an empty store with 8 partitions.
    /// - Throws: ``Mismatch`` for the first rule that is not kept.
    static func verify(_ makeStore: () throws -> Store) async throws {
        for (rule, verify) in rules {
            do {
                try await verify(Self(store: try makeStore()))
            } catch let mismatch as Mismatch {
                throw Mismatch(about: rule, expected: mismatch.expected, found: mismatch.found)
            } catch {
                throw Mismatch(about: rule, expected: "success", found: "\(error)")
            }
        }
    }

    func expect<Value: Equatable>(_ found: Value, _ expected: Value) throws {
        guard found == expected else { throw Mismatch(expected: "\(expected)", found: "\(found)") }
    }

    func expectFailure(_ expected: AppendError, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as AppendError { return try expect(error, expected) }
        throw Mismatch(expected: "\(expected)", found: "success")
    }

    func event(
        _ type: String = "happened", published: Int = 1, id: EventID = .new(), tags: [Tag] = []
    ) -> NewEvent {
        NewEvent(
            id: id, type: type, occurredAt: .now(), data: Array(#"{"n":1}"#.utf8),
            metadata: Array(#"{"correlationId":"c"}"#.utf8),
            published: (0..<published).map {
                NewEvent.Published(type: "thing.\(type)", schemaVersion: 1, data: Array("{\"n\":\($0 + 1)}".utf8))
            }, tags: tags)
    }
}

extension EventStore {
    /// Appends events to a stream that is named by a text.
    @discardableResult
    func append(
        to stream: String, _ events: [NewEvent], expecting expected: ExpectedVersion = .any,
        idempotency: IdempotencyRecord? = nil, unless query: EventQuery? = nil, after position: Position = .zero
    ) async throws -> CommandAnswer {
        try await append(
            AppendRequest(
                stream: try StreamName(stream), expected: expected, events: events, idempotency: idempotency,
                conditions: query.map { [AppendCondition(no: $0, after: position)] } ?? []))
    }
}
