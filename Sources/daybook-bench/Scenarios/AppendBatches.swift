import Daybook
import DaybookSQLite

/// 256 events in each call of `SQLiteEventStore.append`.
final class AppendBatches: Scenario {
    let lines = [Line(name: "append-256", unit: .events, must: 0.9, goal: 1.2)]
    private let bench: Bench
    private let count: Int
    private var requests: [AppendRequest] = []

    private static let batch = 256
    private static let streams = 1000

    init(_ bench: Bench) {
        self.bench = bench
        count = bench.sized(200_000)
    }

    func prepare() throws {
        requests = try stride(from: 0, to: count, by: Self.batch).map { first in
            let call = first / Self.batch
            return try Stories.changes(
                call % Self.streams, from: call / Self.streams * Self.batch, count: min(Self.batch, count - first))
        }
    }

    func ours() async throws -> [Double] {
        defer { bench.remove("append.sqlite") }
        let store = try SQLiteEventStore(path: bench.path("append.sqlite"), partitionCount: Bench.partitionCount)
        let start = Stopwatch.now
        for request in requests { _ = try await store.append(request) }
        return [Double(count) / Stopwatch.seconds(since: start)]
    }

    func yardstick() async throws -> [Double?] {
        defer { bench.remove("yard-append.sqlite") }
        let file = bench.path("yard-append.sqlite")
        return [try await bench.runYardstick("append", [file, "\(count)", "\(Self.batch)"])]
    }

    func finish() { requests = [] }
}
