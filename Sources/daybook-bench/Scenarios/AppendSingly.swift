import Daybook
import DaybookSQLite

/// One event in each call of `SQLiteEventStore.append`, by 64 callers at once, each on a stream of its own.
final class AppendSingly: Scenario {
    let lines = [Line(name: "append-1", unit: .events, must: 6, goal: 10)]
    private let bench: Bench
    private let eventsOfEach: Int
    private var requests: [[AppendRequest]] = []

    private static let callers = 64

    init(_ bench: Bench) {
        self.bench = bench
        eventsOfEach = bench.sized(40_000) / AppendSingly.callers
    }

    func prepare() throws {
        requests = try Self.requests(of: Self.callers, each: eventsOfEach) { caller, version in
            try Stories.changes(caller, from: version, count: 1)
        }
    }

    func ours() async throws -> [Double] {
        defer { bench.remove("append.sqlite") }
        let store = try SQLiteEventStore(path: bench.path("append.sqlite"), partitionCount: Bench.partitionCount)
        return [try await Self.append(requests, to: store)]
    }

    /// Makes what callers will append, in the order in which they will: an event gets its id when it is decided, moments
    /// before.
    static func requests(
        of callers: Int, each count: Int, _ request: (_ caller: Int, _ index: Int) throws -> AppendRequest
    ) rethrows -> [[AppendRequest]] {
        var requests = [[AppendRequest]](repeating: [], count: callers)
        for index in 0..<count {
            for caller in 0..<callers { requests[caller].append(try request(caller, index)) }
        }
        return requests
    }

    /// Lets callers append at once, one list of requests each.
    ///
    /// - Returns: Requests a second.
    static func append(_ requests: [[AppendRequest]], to store: SQLiteEventStore) async throws -> Double {
        let start = Stopwatch.now
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for own in requests {
                tasks.addTask {
                    for request in own { _ = try await store.append(request) }
                }
            }
            try await tasks.waitForAll()
        }
        return Double(requests.reduce(0) { $0 + $1.count }) / Stopwatch.seconds(since: start)
    }

    func yardstick() async throws -> [Double?] { [try await bench.singleAppendRate()] }

    func finish() { requests = [] }
}
