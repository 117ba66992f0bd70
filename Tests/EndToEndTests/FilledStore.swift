import Daybook
import DaybookSQLite
import Users

/// Gives a store users with so many events each, which the relay takes for sent, so that the queues stay empty.
func fillWithUsers(_ store: SQLiteEventStore, users: Range<Int>, eventsOfEach: Int) async throws {
    // As a writer does when it starts; later it would have to read everything.
    try await store.indexTags(of: User.self)
    let codec = EventCodec<User>()
    let metadata = try EventMetadata.new().encoded()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        for user in users {
            tasks.addTask {
                var history: [UserEvent] = [.created(contactEmail: "u\(user)@example.com", name: "U")]
                for change in 1..<eventsOfEach {
                    history.append(
                        .emailChanged(oldEmail: "o@example.com", newEmail: "u\(user).\(change)@example.com"))
                }
                let new = try history.map { try codec.encode($0, metadata: metadata, occurredAt: .now()) }
                let stream = try StreamName(category: User.category, id: "u\(user)")
                _ = try await store.append(AppendRequest(stream: stream, expected: .noStream, events: new))
            }
        }
        try await tasks.waitForAll()
    }
    let heads = try await store.heads()
    try await store.moveCursors(Dictionary(uniqueKeysWithValues: heads.enumerated().map { (Partition($0), $1) }))
}
