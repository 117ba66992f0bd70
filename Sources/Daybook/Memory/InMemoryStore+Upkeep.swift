import Synchronization

extension InMemoryStore {
    // MARK: Contents

    public func categories() async throws -> [StreamCategory] {
        let names = ledger.withLock { Set($0.streamNames.map(\.category.description)) }
        return names.sorted().map { StreamCategory(stringLiteral: $0) }
    }

    public func typesInUse() async throws -> [TypeInUse] {
        var known: Set<[String]> = []
        return ledger.withLock { $0.events }.compactMap { event -> TypeInUse? in
            let kind = [event.type, "\(event.schemaVersion)", event.stream.category.description]
            guard known.insert(kind).inserted else { return nil }
            return TypeInUse(name: event.type, schemaVersion: event.schemaVersion, stream: event.stream)
        }
    }

    public func lastRecordedAt() async throws -> Timestamp? { ledger.withLock { $0.events.last?.recordedAt } }

    // MARK: Answers

    @discardableResult
    public func removeAnswers(olderThan days: Int, today: Timestamp = .now()) async throws -> Int {
        ledger.withLock { $0.removeAnswers(olderThan: days, today: today) }
    }

    // MARK: Problems

    public var problem: String? { nil }

    public func probe() async throws {}

    // MARK: Quarantine

    public func quarantined() async throws -> [QuarantineRecord] { quarantine.withLock { $0 } }

    public func replaceQuarantined(by records: [QuarantineRecord]) async throws {
        func place(_ record: QuarantineRecord) -> (String, String, Timestamp) {
            (record.stream.description, record.command?.name ?? "", record.since)
        }
        let sorted = records.sorted { place($0) < place($1) }
        quarantine.withLock { $0 = sorted }
    }

    public func hash(ofBody body: [UInt8]) -> [UInt8] { Ledger.tagKey.hash(request: body) }
}
