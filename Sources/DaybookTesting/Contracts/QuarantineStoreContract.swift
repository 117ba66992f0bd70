import Daybook

/// The contract of a writer's store for what is in quarantine.
struct QuarantineStoreContract: PortContract {
    let store: any WriterStore

    static var rules: [Rule] {
        [
            ("what is quarantined is kept, in order", { try await $0.keepsRecords() }),
            ("the body of a command is known by its hash, which hides it", { try await $0.hashesBodies() }),
        ]
    }

    private func record(_ stream: String, _ command: String?, _ time: Int64) throws -> QuarantineRecord {
        let body = store.hash(ofBody: Array("\(time)".utf8))
        return QuarantineRecord(
            stream: try StreamName(stream),
            command: command.map { QuarantineRecord.Command(name: $0, bodyHash: body) }, signal: 4,
            program: "program \(time)", since: Timestamp(microseconds: time))
    }

    func keepsRecords() async throws {
        try expect(try await store.quarantined(), [])
        let records = [
            try record("thing-1", nil, 9), try record("thing-1", "knock", 2), try record("thing-1", "knock", 3),
            try record("thing-1", "shatter", 1), try record("thing-2", nil, 0),
        ]
        try await store.replaceQuarantined(by: records.reversed())
        try expect(try await store.quarantined(), records)
        try await store.replaceQuarantined(by: [records[4], records[1]])
        try expect(try await store.quarantined(), [records[1], records[4]])
        try await store.replaceQuarantined(by: [])
        try expect(try await store.quarantined(), [])
    }

    func hashesBodies() async throws {
        let (body, other) = (Array(#"{"pin":"1234"}"#.utf8), Array(#"{"pin":"1235"}"#.utf8))
        try expect(store.hash(ofBody: body), store.hash(ofBody: body))
        try expect(store.hash(ofBody: body) == store.hash(ofBody: other), false)
        try expect(store.hash(ofBody: body) == body, false)
        try expect(store.hash(ofBody: []).isEmpty, false)
    }
}
