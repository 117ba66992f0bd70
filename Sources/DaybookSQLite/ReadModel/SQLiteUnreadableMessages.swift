import Daybook

/// The messages in a file that could not be read, without holding up the threads on which everything else runs.
struct SQLiteUnreadableMessages: UnreadableMessageStore {
    private let messages: KeptMessages

    init(_ messages: KeptMessages) { self.messages = messages }

    func list() async throws -> (messages: [KeptMessage], dropped: Int) {
        try await elsewhere { [messages] in try messages.list() }
    }

    func message(_ id: Int64) async throws -> KeptMessage? {
        try await elsewhere { [messages] in try messages.message(id) }
    }

    func drop(_ id: Int64?) async throws -> Int {
        try await elsewhere { [messages] in try messages.drop(id) }
    }
}
