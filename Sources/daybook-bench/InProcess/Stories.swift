import Daybook
import DaybookSQLite
import Users

/// Users and what happens to them, the same in every run: ids, emails and events as large as real ones.
enum Stories {
    static func id(_ user: Int) -> String { "01890a5d-ac96-774b-bcce-\(padded(user, 12))" }

    /// The email of a user after so many changes.
    static func email(_ user: Int, _ changes: Int) -> String {
        "user.\(padded(user, 8)).\(padded(changes, 6))@example.org"
    }

    static func stream(_ user: Int) throws -> StreamName { try StreamName(category: User.category, id: id(user)) }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// What appends the events after version `from` of a user: first the creation, then changes of the email.
    ///
    /// - Parameter isTagged: Whether they can be found by their emails, as a writer's can.
    static func history(_ user: Int, from: Int, count: Int, isTagged: Bool = false) throws -> AppendRequest {
        try request(user, from: from, count: count, isTagged) { version in
            version == 1
                ? .created(contactEmail: email(user, 0), name: "Ada Lovelace")
                : .emailChanged(oldEmail: email(user, version - 2), newEmail: email(user, version - 1))
        }
    }

    /// The same with changes of the email only.
    static func changes(_ user: Int, from: Int, count: Int) throws -> AppendRequest {
        try request(user, from: from, count: count, false) { version in
            .emailChanged(oldEmail: email(user, version - 1), newEmail: email(user, version))
        }
    }

    private static func request(
        _ user: Int, from: Int, count: Int, _ isTagged: Bool, event: (Int) -> UserEvent
    ) throws -> AppendRequest {
        let codec = EventCodec<User>()
        let events = try (from + 1..<from + count + 1).map { version in
            let metadata = EventMetadata(
                correlationID: UniqueID.new().description, causationID: UniqueID.new().description)
            var event = try codec.encode(event(version), metadata: metadata.encoded(), occurredAt: .now())
            if !isTagged { event.tags = [] }
            return event
        }
        return AppendRequest(
            stream: try stream(user), expected: .exactly(StreamVersion(rawValue: Int64(from))), events: events)
    }

    // MARK: Stores

    /// Gives new users so many events each, those of a thousand users mixed with each other.
    static func fill(
        _ store: SQLiteEventStore, users: Range<Int>, events: Int, isTagged: Bool = false
    ) async throws {
        let atOnce = 10
        for first in stride(from: users.lowerBound, to: users.upperBound, by: 1000) {
            for from in stride(from: 0, to: events, by: atOnce) {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for user in first..<min(first + 1000, users.upperBound) {
                        tasks.addTask {
                            let request = try history(
                                user, from: from, count: min(atOnce, events - from), isTagged: isTagged)
                            _ = try await store.append(request)
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
    }

    /// Makes a store whose file can be copied.
    ///
    /// - Parameter isPublished: Whether the relay takes everything for sent.
    static func makeStore(at path: String, users: Int, events: Int, isPublished: Bool) async throws {
        try await withStore(at: path) { store in
            try await fill(store, users: 0..<users, events: events, isTagged: true)
            if isPublished { try await markPublished(store) }
        }
    }

    /// Opens a store for `body`; after it the file is whole and nobody has it.
    static func withStore<Value>(
        at path: String, _ body: (SQLiteEventStore) async throws -> Value
    ) async throws -> Value {
        let value = try await body(open(path))
        try await FilledStore.settle(path)
        return value
    }

    /// Opens a store as a writer does when it starts.
    private static func open(_ path: String) async throws -> SQLiteEventStore {
        let store = try SQLiteEventStore(path: path, partitionCount: Bench.partitionCount)
        try await store.indexTags(of: User.self)
        return store
    }

    /// Moves the relay's cursors to the end.
    static func markPublished(_ store: SQLiteEventStore) async throws {
        let heads = try await store.heads()
        try await store.moveCursors(
            Dictionary(uniqueKeysWithValues: heads.enumerated().map { (Partition($0.offset), $0.element) }))
    }
}
