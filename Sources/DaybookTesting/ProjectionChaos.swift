import Daybook
public import DaybookSQLite

/// Posts a history to real read models in many ways, and checks that their rows come out the same.
///
/// First all of it is posted in order and in one batch. Then it comes as it may come to a worker: partition by partition
/// in any order, in batches of any size, some messages more than once; and the worker crashes, at every commit in turn
/// before it and after it, and now and then. After a crash the file is opened as it was left, by a projection that is
/// made anew, and what was not acknowledged comes again.
///
/// ```swift
/// try await verifyProjection(
///     UsersProjection(),
///     events: [
///         ("user-ada", .created(email: "ada@example.com", name: "Ada")),
///         ("user-grace", .created(email: "grace@example.com", name: "Grace")),
///         ("user-ada", .deactivated(reason: "left")),
///     ])
/// ```
///
/// It finds what depends on the order between streams, on where a batch ends, or on memory that a crash takes. The more
/// streams there are, and the more events each of them has, the more it finds.
///
/// - Parameters:
///   - projection: Makes the projection, once for each start of a worker.
///   - events: The history, in order, and the stream of each event.
///   - interval: How long after an event the next one occurs.
///   - rounds: How often it is posted with crashes at random.
///   - seed: Gives the same ways again.
/// - Throws: ``BrokenProperty`` with the seed, the way in which it was posted, and the rows that differ.
public func verifyProjection<Projection: SQLiteProjection>(
    _ projection: @autoclosure @escaping @Sendable () throws -> Projection,
    events: [(stream: String, event: Projection.Event)], every interval: Duration = .seconds(1), rounds: Int = 20,
    seed: UInt64 = .random(in: 0...UInt64.max)
) async throws {
    let streams = try events.map { try StreamName($0.stream) }
    var log = TestLog<Projection.Event>(
        partitionCount: TestLog<Projection.Event>.partitionCount(for: streams), interval: interval)
    for (stream, event) in zip(streams, events.map(\.event)) { try log.add(event, to: stream) }
    let chaos = ProjectionChaos(log: log, make: projection, seed: seed)
    let expected = try await chaos.straight()
    let commits = try await chaos.compare("without a crash", seed, .never, expected)
    for commit in stride(from: 1, through: commits, by: 1) {
        try await chaos.compare("a crash before commit \(commit)", seed, .before(commit), expected)
        try await chaos.compare("a crash after commit \(commit)", seed, .after(commit), expected)
    }
    for round in stride(from: 1, through: rounds, by: 1) {
        try await chaos.compare(
            "round \(round), with crashes at random", seed &+ UInt64(round), .often, expected)
    }
}

/// Compares the ways in which a log can be posted.
private struct ProjectionChaos<Projection: SQLiteProjection> {
    let log: TestLog<Projection.Event>
    let make: @Sendable () throws -> Projection
    let seed: UInt64

    private static var shownRows: Int { 20 }

    /// The rows of every table, when all is posted in order and at once.
    func straight() async throws -> [String: [String]] {
        try await naming("posted in order, in one batch") {
            try await withTemporaryFolder { folder in
                let model = try SQLiteReadModel(
                    next: GenerationRecord(role: .building), in: ReadModelFolder(folder), projection: make())
                try await model.apply(log.postings(decodedBy: model), keeping: [])
                try await model.finish()
                return try await model.read { try RowText.tables(in: $0) }
            }
        }
    }

    /// Posts in one way, and compares the rows.
    ///
    /// - Returns: How many commits it took.
    @discardableResult
    func compare(
        _ way: String, _ seed: UInt64, _ crash: ChaosRun<Projection>.Crash, _ expected: [String: [String]]
    ) async throws -> Int {
        let (found, commits) = try await naming(way) {
            try await withTemporaryFolder { folder in
                var run = try ChaosRun<Projection>(log: log, make: make, crash: crash, seed: seed, in: folder)
                let rows = try await run.run()
                return (rows, run.commits)
            }
        }
        let lines = difference(expected, found)
        guard lines.isEmpty else {
            let head = "the rows are not those of posting in order and at once (- only there, + only now)"
            throw broken(way, ([head] + lines).joined(separator: "\n"))
        }
        return commits
    }

    private func difference(_ expected: [String: [String]], _ found: [String: [String]]) -> [String] {
        Set(expected.keys).union(found.keys).sorted().flatMap { table -> [String] in
            let (before, now) = (expected[table] ?? [], found[table] ?? [])
            var lines = RowText.missing(before, in: now).map { "  - \($0)" }
            lines += RowText.missing(now, in: before).map { "  + \($0)" }
            let rest = lines.count - Self.shownRows
            if rest > 0 { lines = lines.prefix(Self.shownRows) + ["  and \(rest) more"] }
            return lines.isEmpty ? [] : [table] + lines
        }
    }

    /// Says in which way it was posted when that fails.
    private func naming<Value>(_ way: String, _ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch { throw broken(way, "\(error)") }
    }

    private func broken(_ way: String, _ what: String) -> BrokenProperty {
        BrokenProperty(description: "\(Projection.self), seed \(seed), \(way): \(what)")
    }
}
