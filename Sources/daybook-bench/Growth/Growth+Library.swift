import Daybook
import DaybookSQLite
import GRDB
import GRDBSQLite
import UserViews
import Users

extension Growth {
    private static let appends = 500
    private static let callers = 64
    private static let appendsOfEach = 100
    private static let loads = 500
    private static let pages = 50
    private static let page = 1000
    private static let queries = 1000

    /// What is measured inside one process, on an open store.
    func measureLibrary(_ store: SQLiteEventStore) async throws -> [Measure] {
        // A writer that runs knows its active users: one event or one load of each before anything counts.
        let ofEach = Growth.changingUsers / Self.callers
        let warmUp = try AppendSingly.requests(of: Self.callers, each: ofEach) { caller, turn in
            try nextChange(of: changingUser(turn * Self.callers + caller))
        }
        _ = try await AppendSingly.append(warmUp, to: store)
        let repository = Repository<User>(store: store)
        for number in 0..<Growth.unchangedUsers { try await load(unchangedUser(number), from: repository) }
        let single = try (0..<Self.appends).map { _ in try nextChange(of: changingUser()) }
        // Callers do not meet on a stream: each has every 64th of the users that change.
        let many = try AppendSingly.requests(of: Self.callers, each: Self.appendsOfEach) { caller, _ in
            try nextChange(of: changingUser(Int.random(in: 0..<ofEach) * Self.callers + caller))
        }
        return [
            Measure(
                name: "append, 1 caller", unit: "events/s", value: try await AppendSingly.append([single], to: store)),
            Measure(
                name: "append, 64 callers", unit: "events/s", value: try await AppendSingly.append(many, to: store)),
            try await loads(repository), try await pagesOfLog(store),
            try await query("users/{id}"), try await query("users"),
        ]
    }

    private func loads(_ repository: Repository<User>) async throws -> Measure {
        try await mean("load of \(Self.eventsOfEach) events", Self.loads) {
            try await load(unchangedUser(), from: repository)
        }
    }

    private func load(_ user: Int, from repository: Repository<User>) async throws {
        let events = try await repository.load(Stories.id(user)).version.rawValue
        guard events == Self.eventsOfEach else { throw BenchError("user \(user) has \(events) events") }
    }

    /// Reads the log from somewhere on, page after page, as whoever catches up does.
    private func pagesOfLog(_ store: SQLiteEventStore) async throws -> Measure {
        let lasts = try await store.heads().map { max(0, $0.rawValue - Int64(Self.page)) }
        var partition = Partition(Int.random(in: 0..<Bench.partitionCount))
        var offset = Int64.random(in: 0...lasts[partition.index])
        return try await mean("page of 1,000 of the log", Self.pages) {
            if offset > lasts[partition.index] {
                partition = Partition((partition.index + 1) % Bench.partitionCount)
                offset = 0
            }
            _ = try await store.slice(
                partition, after: Offset(rawValue: offset), limit: Self.page, maximumBytes: .max)
            offset += Int64(Self.page)
        }
    }

    private func query(_ path: String) async throws -> Measure {
        let readModel = ServingReader(try ReadModelFolder(self.readModel))
        guard let query = UsersProjection.queries.first(where: { $0.path == path }) else {
            throw BenchError("the read model has no query \(path)")
        }
        let isByID = path.contains("{id}")
        return try await mean("read model by \(isByID ? "id" : "email")", Self.queries) {
            let user = unchangedUser()
            let email = Stories.email(user, Growth.eventsOfEach - 1)
            let parameters =
                try isByID
                ? QueryParameters(path: ["id": Stories.id(user)])
                : QueryParameters(["email": email], of: query.parameters)
            _ = try await readModel.answer(query, parameters, of: UsersProjection.version)
        }
    }

    /// The mean time of something that is done several times.
    private func mean(_ name: String, _ times: Int, _ body: () async throws -> Void) async throws -> Measure {
        let start = Stopwatch.now
        for _ in 0..<times { try await body() }
        return Measure(name: name, unit: "ms", value: Stopwatch.seconds(since: start) * 1000 / Double(times))
    }

    /// The number of pages that a connection that has nothing yet reads for one stream, on average.
    func pagesMissed() throws -> Double {
        let times = 20
        let sql = """
            SELECT e.position, e.event_id, e.version, t.name, e.data, e.metadata, e.hash
            FROM events e JOIN types t ON t.id = e.type_id
            WHERE e.stream_id = (SELECT id FROM streams WHERE name = ?) ORDER BY e.version
            """
        var pages = 0
        for _ in 0..<times {
            let database = try DatabaseQueue(path: store)
            let stream = try Stories.stream(unchangedUser()).description
            pages += try database.unsafeRead { db in
                _ = try Row.fetchAll(db, sql: sql, arguments: [stream])
                var (now, high): (Int32, Int32) = (0, 0)
                sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_CACHE_MISS, &now, &high, 0)
                return Int(now)
            }
            try database.close()
        }
        return Double(pages) / Double(times)
    }
}
