public import Daybook

extension SQLiteEventStore {
    public func quarantined() async throws -> [QuarantineRecord] {
        try await readers.read { try QuarantineTable.records(in: $0) }
    }

    public func replaceQuarantined(by records: [QuarantineRecord]) async throws {
        try await commits.perform { try QuarantineTable.replace(by: records, in: $0) }
    }

    public func hash(ofBody body: [UInt8]) -> [UInt8] { tags.key.hash(request: body) }
}
