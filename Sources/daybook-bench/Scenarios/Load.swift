import Daybook
import DaybookSQLite
import Users

/// A user of a thousand events is loaded by the repository, again and again.
final class Load: Scenario {
    let lines = [Line(name: "load", unit: .events, must: 0.2, goal: 0.4)]
    private let bench: Bench
    private var store: SQLiteEventStore?

    private static let users = 20
    private static let eventsOfEach = 1000
    private static let user = 7

    init(_ bench: Bench) { self.bench = bench }

    func prepare() async throws {
        let path = bench.path("load.sqlite")
        try await Stories.makeStore(at: path, users: Self.users, events: Self.eventsOfEach, isPublished: true)
        store = try SQLiteEventStore(path: path, partitionCount: Bench.partitionCount)
    }

    func ours() async throws -> [Double] {
        guard let store else { throw BenchError("there is no store") }
        let repository = Repository<User>(store: store)
        let limit = bench.isQuick ? 0.4 : 1
        let start = Stopwatch.now
        var events = 0
        while Stopwatch.seconds(since: start) < limit {
            let version = try await repository.load(Stories.id(Self.user)).version
            guard version == StreamVersion(rawValue: Int64(Self.eventsOfEach)) else {
                throw BenchError("the user was loaded at version \(version)")
            }
            events += Self.eventsOfEach
        }
        return [Double(events) / Stopwatch.seconds(since: start)]
    }

    func yardstick() async throws -> [Double?] {
        let stream = try Stories.stream(Self.user).description
        return [
            try await bench.runYardstick("load", [bench.path("load.sqlite"), stream, bench.isQuick ? "400" : "1000"])
        ]
    }

    func finish() {
        store = nil
        bench.remove("load.sqlite")
    }
}
