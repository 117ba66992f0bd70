import Daybook
import GRDB
import Testing

@testable import DaybookSQLite

/// A cursor in the tables of a new store, and the transaction that it appends in.
private struct CursorFixture {
    static let partitionCount = 4

    let db: Database
    let tags: TagIndex
    var cursor: AppendCursor

    /// Runs `body` in a transaction of a new store in memory.
    static func run(_ body: (inout CursorFixture) throws -> Void) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(configuration: configuration)
        try Schema.migrator.migrate(queue)
        try queue.write { db in
            _ = try StoreIdentity.establish(in: db, partitionCount: partitionCount)
            let tags = try TagIndex(key: TagKey(bytes: [1, 2, 3]), in: db)
            let cursor = try AppendCursor(db, partitionCount: partitionCount, tags: tags)
            var fixture = CursorFixture(db: db, tags: tags, cursor: cursor)
            try body(&fixture)
        }
    }

    /// A cursor that begins with what the store has.
    func fresh() throws -> AppendCursor {
        try AppendCursor(db, partitionCount: Self.partitionCount, tags: tags)
    }

    mutating func append(_ request: AppendRequest, at time: Int64 = 1) throws -> CommandAnswer {
        var keys = Seals.none.keys()
        let plan = try cursor.plan(request, sealing: &keys, in: db)
        return try cursor.write(plan, now: Timestamp(microseconds: time), in: db)
    }

    /// - Returns: The error that the requests are refused with together; `nil` when they are appended.
    mutating func refusal(of requests: AppendRequest...) throws -> AppendError? {
        var keys = Seals.none.keys()
        do {
            let plans =
                requests.count == 1
                ? [try cursor.plan(requests[0], sealing: &keys, in: db)]
                : try cursor.plan(together: requests, sealing: &keys, in: db)
            for plan in plans { _ = try cursor.write(plan, now: Timestamp(microseconds: 1), in: db) }
            return nil
        } catch let error as AppendError { return error }
    }

    func number(_ sql: String) throws -> Int64? { try Int64.fetchOne(db, sql: sql) }
}

/// An event, published under as many types, of which the first is its own.
private func event(_ type: String = "put", published count: Int = 1, id: EventID = .new()) -> NewEvent {
    let data = Array("{}".utf8)
    let published = (0..<count).map { index in
        NewEvent.Published(type: index == 0 ? "box.\(type)" : "box.\(type)-\(index)", schemaVersion: 1, data: data)
    }
    return NewEvent(
        id: id, type: type, occurredAt: Timestamp(microseconds: 0), data: data, metadata: data, published: published)
}

private func request(
    _ stream: String, _ events: [NewEvent], expecting expected: ExpectedVersion = .any,
    under record: IdempotencyRecord? = nil
) throws -> AppendRequest {
    AppendRequest(stream: try StreamName(stream), expected: expected, events: events, idempotency: record)
}

private func record(_ key: String, hash: UInt8 = 1) -> IdempotencyRecord {
    IdempotencyRecord(actor: "ada", route: "box/put", key: key, requestHash: [hash])
}

/// The partition of `box-1`, in which `box-2` is not.
private let partition = Partition.of(StreamName(stored: "box-1"), among: CursorFixture.partitionCount)

@Suite struct `An append cursor` {
    @Test func `counts positions, the versions of a stream and the offsets of a partition, each by itself`() throws {
        try CursorFixture.run { fixture in
            let answer = try fixture.append(request("box-1", [event(published: 2), event()]))
            #expect(answer.version == 2 && answer.position == 2 && !answer.isRepeated)
            #expect(answer.published == LogPlace(partition: partition, offset: 3))
            let other = try fixture.append(request("box-2", [event(published: 0)]))
            #expect(other.version == 1 && other.position == 3 && other.published == nil)
            let silent = try fixture.append(request("box-1", [event(published: 0)]))
            #expect(silent.version == 3 && silent.position == 4 && silent.published == nil)
            #expect(fixture.cursor.heads.map(\.rawValue).reduce(0, +) == 3)
            #expect(fixture.cursor.heads[partition.index] == 3)
            let next = try fixture.append(request("box-1", [event()]))
            #expect(next.version == 4 && next.published?.offset == 4)
        }
    }

    @Test func `changes nothing where there is nothing to append`() throws {
        try CursorFixture.run { fixture in
            _ = try fixture.append(request("box-1", [event()]))
            let answer = try fixture.append(request("box-1", []))
            #expect(answer.version == 1 && answer.position == nil && answer.published == nil)
            let unknown = try fixture.append(request("box-2", []))
            #expect(unknown.version == .zero)
            #expect(try fixture.number("SELECT COUNT(*) FROM streams") == 1)
        }
    }

    @Test func `goes on in a store as the one that has written it would`() throws {
        try CursorFixture.run { fixture in
            _ = try fixture.append(request("box-1", [event(published: 2)]), at: 70)
            _ = try fixture.append(request("box-2", [event("taken")]), at: 80)
            let next = try request("box-1", [event(), event("taken", published: 3)])
            var heads: [NotedHead] = []
            for var cursor in [fixture.cursor, try fixture.fresh()] {
                var keys = Seals.none.keys()
                try fixture.db.inSavepoint {
                    let plan = try cursor.plan(next, sealing: &keys, in: fixture.db)
                    let answer = try cursor.write(plan, now: Timestamp(microseconds: 5), in: fixture.db)
                    #expect(answer.version == 3 && answer.position == 4 && answer.published?.offset == 6)
                    heads.append(try StoreFile.head(in: fixture.db))
                    return .rollback
                }
            }
            #expect(heads.count == 2 && heads[0] == heads[1] && heads[0].position == 4)
        }
    }

    @Test func `hands out what it adds to the log once, each entry with the hash of the one before it`() throws {
        try CursorFixture.run { fixture in
            _ = try fixture.append(request("box-1", [event(published: 2)]))
            _ = try fixture.append(request("box-1", [event()]))
            var tail = LogTail(partitionCount: CursorFixture.partitionCount)
            tail.advance(to: fixture.cursor.heads, by: fixture.cursor.takeAdditions())
            let entries = tail.entries(of: partition, after: 1)?.entries ?? []
            #expect(entries.map(\.offset) == [2, 3] && entries.map(\.streamVersion) == [1, 2])
            let anchor = tail.entries(of: partition, after: 1)?.anchor
            #expect(entries.allSatisfy { $0.previousHash == anchor?.hash })
            // Both entries of one event have its hash.
            #expect(entries.first?.hash == anchor?.hash && entries.last?.hash != anchor?.hash)
            var again = LogTail(partitionCount: CursorFixture.partitionCount)
            again.advance(to: fixture.cursor.heads, by: fixture.cursor.takeAdditions())
            let isEmpty = again.entries(of: partition, after: 1) == nil
            #expect(isEmpty)
        }
    }

    @Test func `never takes the time of recording back`() throws {
        try CursorFixture.run { fixture in
            for (number, time) in [100, 50, 150].enumerated() {
                _ = try fixture.append(request("box-\(number)", [event()]), at: Int64(time))
            }
            fixture.cursor = try fixture.fresh()
            _ = try fixture.append(request("box-1", [event()]), at: 20)
            let times = try Int64.fetchAll(fixture.db, sql: "SELECT recorded_at FROM events ORDER BY position")
            #expect(times == [100, 100, 150, 150])
        }
    }

    @Test func `stores of an entry only what its event does not say`() throws {
        try CursorFixture.run { fixture in
            let data = Array("{}".utf8)
            let other = Array("[]".utf8)
            var own = event(published: 0)
            own.published = [
                NewEvent.Published(type: "box.put", schemaVersion: 1, data: data),
                NewEvent.Published(type: "box-put", schemaVersion: 1, data: data),
                NewEvent.Published(type: "ox.put", schemaVersion: 2, data: data),
                NewEvent.Published(type: "box.puts", schemaVersion: 1, data: other),
                NewEvent.Published(type: "bax.put", schemaVersion: 1, data: data),
            ]
            _ = try fixture.append(request("box-1", [own]))
            let sql = """
                SELECT (type_id IS NOT NULL) || (schema_version IS NOT NULL) || (data IS NOT NULL)
                FROM integration_log ORDER BY offset
                """
            #expect(try String.fetchAll(fixture.db, sql: sql) == ["000", "100", "110", "101", "100"])
        }
    }
}

@Suite struct `An append cursor that refuses` {
    @Test func `writes nothing where a stream is not what it was taken to be`() throws {
        try CursorFixture.run { fixture in
            let stream = try StreamName("box-1")
            let early = try fixture.refusal(of: request("box-1", [event()], expecting: .streamExists))
            #expect(early == .conflict(stream, expected: .streamExists, actual: .zero))
            #expect(try fixture.number("SELECT COUNT(*) FROM streams") == 0)
            _ = try fixture.append(request("box-1", [event()], expecting: .noStream))
            let late = try fixture.refusal(of: request("box-1", [event()], expecting: .exactly(2)))
            #expect(late == .conflict(stream, expected: .exactly(2), actual: 1))
            let answer = try fixture.append(request("box-1", [event()], expecting: .exactly(1)))
            #expect(answer.position == 2)
        }
    }

    /// A cursor that has not written them itself looks for them in the store.
    @Test(arguments: [false, true])
    func `gives the first answer again to the same events, and refuses a part of them`(isFresh: Bool) throws {
        try CursorFixture.run { fixture in
            let events = [event(), event(published: 2)]
            let answer = try fixture.append(request("box-1", events, expecting: .noStream))
            if isFresh { fixture.cursor = try fixture.fresh() }
            let again = try fixture.append(request("box-1", events, expecting: .noStream))
            #expect(again.isRepeated && again.version == answer.version && again.position == answer.position)
            #expect(again.published == answer.published)
            let part = try fixture.refusal(of: request("box-1", [events[0], event()]))
            #expect(part == .eventIDReused(events[0].id))
            let end = try fixture.refusal(of: request("box-1", [event(), events[1]]))
            #expect(end == .eventIDReused(events[1].id))
            let elsewhere = try fixture.refusal(of: request("box-2", events))
            #expect(elsewhere == .eventIDReused(events[0].id))
            #expect(try fixture.number("SELECT COUNT(*) FROM events") == 2)
        }
    }

    @Test func `looks at an idempotency key before it looks at versions`() throws {
        try CursorFixture.run { fixture in
            let answer = try fixture.append(
                request("box-1", [event()], expecting: .noStream, under: record("k")))
            let again = try fixture.append(
                request("box-1", [event()], expecting: .noStream, under: record("k")))
            #expect(again.isRepeated && again.position == answer.position && again.version == 1)
            let reused = try fixture.refusal(of: request("box-1", [event()], under: record("k", hash: 2)))
            #expect(reused == .keyReused)
            var refused = try request("box-1", [], under: record("l"))
            refused.refusal = Refusal(code: "full", message: "it is full")
            let refusal = try fixture.append(refused)
            let refusalAgain = try fixture.append(refused)
            #expect(refusal.refusal?.code == "full" && refusalAgain.refusal == refusal.refusal)
            #expect(refusalAgain.isRepeated && refusalAgain.version == 1)
        }
    }

    @Test func `appends all of several requests, or none`() throws {
        try CursorFixture.run { fixture in
            let stream = try StreamName("box-2")
            let conflict = try fixture.refusal(
                of: request("box-1", [event()]), request("box-2", [event()], expecting: .streamExists))
            #expect(conflict == .conflict(stream, expected: .streamExists, actual: .zero))
            let twice = try fixture.refusal(of: request("box-2", [event()]), request("box-2", [event()]))
            #expect(twice == .inconsistent(stream))
            let same = event()
            let repeated = try fixture.refusal(of: request("box-1", [same]), request("box-2", [same]))
            #expect(repeated == .eventIDReused(same.id))
            #expect(try fixture.number("SELECT COUNT(*) FROM events") == 0)
            let together = try fixture.refusal(of: request("box-1", [event()]), request("box-2", [event()]))
            #expect(together == nil)
            #expect(try fixture.number("SELECT COUNT(*) FROM events") == 2)
        }
    }

    @Test func `knows beforehand what would be written`() throws {
        try CursorFixture.run { fixture in
            let written = try request("box-1", [event()])
            #expect(try fixture.cursor.wouldWrite(written, in: fixture.db))
            _ = try fixture.append(written)
            #expect(try !fixture.cursor.wouldWrite(written, in: fixture.db))
            let late = try request("box-1", [event()], expecting: .noStream)
            #expect(try !fixture.cursor.wouldWrite(late, in: fixture.db))
        }
    }

    @Test(arguments: [
        "INSERT INTO integration_log(partition, offset, position, ordinal) VALUES(2, 50, 99, 0)",
        "DELETE FROM store WHERE key = 'chain-2-from'",
        "UPDATE store SET value = 'x' WHERE key = 'chain-2-from'",
    ])
    func `does not begin in a store whose end is damaged`(damage: String) throws {
        try CursorFixture.run { fixture in
            _ = try fixture.append(request("box-1", [event()]))
            try fixture.db.execute(sql: damage)
            #expect(throws: StoreError.self) { try fixture.fresh() }
        }
    }
}
