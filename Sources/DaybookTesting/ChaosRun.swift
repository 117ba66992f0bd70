import Daybook
import DaybookSQLite
import Foundation

/// A worker that posts a log in one of many ways, all from one seed: messages of any partition come, some of them more
/// than once, what is at hand of some partitions is committed, and the worker crashes.
struct ChaosRun<Projection: SQLiteProjection> {
    /// The time when the worker crashes.
    enum Crash: Sendable, Equatable {
        case never
        /// In the transaction of this commit, counted from 1: nothing of it stays.
        case before(Int)
        /// Right after this commit: nothing of it is acknowledged.
        case after(Int)
        /// Before or after a commit, as it happens.
        case often
    }

    private let log: TestLog<Projection.Event>
    private let make: @Sendable () throws -> Projection
    private let crash: Crash
    private let root: String
    private var random: SeededGenerator
    private var model: SQLiteReadModel<Projection>
    /// By partition.
    private var lanes: [LaneState] = []
    /// What the broker has still to deliver, by partition.
    private var queues: [[LogEntry]]
    /// What comes again after a crash, by partition.
    private var unacknowledged: [[(tag: UInt64, entry: LogEntry)]]
    private var tag: UInt64 = 0
    private var starts = 0
    /// Commits that were tried, those that a crash prevented included.
    private(set) var commits = 0

    init(
        log: TestLog<Projection.Event>, make: @escaping @Sendable () throws -> Projection, crash: Crash, seed: UInt64,
        in root: String
    ) throws {
        self.log = log
        self.make = make
        self.crash = crash
        self.root = root
        random = SeededGenerator(seed: seed)
        model = try SQLiteReadModel(
            next: GenerationRecord(role: .building), in: ReadModelFolder("\(root)/0"), projection: make())
        queues = log.ledger.log
        unacknowledged = Array(repeating: [], count: queues.count)
    }

    /// Posts everything.
    ///
    /// - Returns: The rows of every table.
    mutating func run() async throws -> [String: [String]] {
        try await start()
        while !isDone {
            if Bool.random(using: &random) { try deliver() } else { try await apply() }
        }
        try await model.finish()
        return try await model.read { try RowText.tables(in: $0) }
    }

    private var isDone: Bool {
        zip(lanes, log.ledger.log).allSatisfy { ($0.checkpoint?.offset.rawValue ?? 0) == Int64($1.count) }
    }

    /// Begins where the read model stands, and lets the broker deliver anew what was not acknowledged.
    private mutating func start() async throws {
        let checkpoints = try await model.checkpoints()
        lanes = queues.indices.map { place in
            let lane = Lane(source: TestLog<Projection.Event>.source, partition: Partition(place))
            return LaneState(lane: lane, partitionCount: queues.count, checkpoint: checkpoints[lane])
        }
        for place in lanes.indices { ask(place) }
        for place in queues.indices { queues[place] = unacknowledged[place].map(\.entry) + queues[place] }
        unacknowledged = Array(repeating: [], count: queues.count)
    }

    /// Asks history what a lane wants to know. It brings one event at a time: the rest is left to the queue.
    private mutating func ask(_ place: Int) {
        guard let question = lanes[place].nextQuestion() else { return }
        let slice = log.ledger.slice(
            Partition(place), after: question.after, limit: min(question.limit, 1), maximumBytes: .max)
        perform(lanes[place].answered(question, slice, decoded: slice.entries.map(model.decoded)), at: place)
    }

    private mutating func perform(_ actions: [LaneState.Action], at place: Int) {
        for case .decide(let decision) in actions { acknowledge([decision.receipt], at: place) }
    }

    // MARK: Delivering

    private mutating func deliver() throws {
        let waiting = queues.indices.filter { !queues[$0].isEmpty }
        guard let place = waiting.randomElement(using: &random) else { return lookAround() }
        let messages = queues[place].prefix(Int.random(in: 1...6, using: &random))
        queues[place].removeFirst(messages.count)
        for entry in messages {
            try receive(entry, at: place)
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            // Once more, or one that came before it.
            let earlier = log.ledger.log[place].prefix(Int(entry.offset.rawValue)).randomElement(using: &random)
            if let earlier { try receive(earlier, at: place) }
        }
    }

    private mutating func receive(_ entry: LogEntry, at place: Int) throws {
        tag += 1
        unacknowledged[place].append((tag, entry))
        let message = IncomingMessage(
            receipt: Receipt(session: 1, partition: entry.place.partition, tag: tag),
            content: .entry(TestLog<Projection.Event>.source, log.ledger.epoch, entry),
            raw: RawMessage(body: [], bodySize: 0) { "{}" })
        try perform(lanes[place].receive(message, event: model.decode(entry)), at: place)
        ask(place)
    }

    /// Has from history what was acknowledged for it and then lost in a crash.
    private mutating func lookAround() {
        for place in lanes.indices {
            lanes[place].checkDue()
            ask(place)
        }
    }

    private mutating func acknowledge(_ receipts: [Receipt], at place: Int) {
        let tags = Set(receipts.map(\.tag))
        unacknowledged[place].removeAll { tags.contains($0.tag) }
    }

    // MARK: Posting

    /// Commits what is at hand of some partitions.
    private mutating func apply() async throws {
        var postings: [Posting] = []
        for place in lanes.indices.shuffled(using: &random) where Bool.random(using: &random) {
            let limit = Int.random(in: 1...8, using: &random)
            if let posting = lanes[place].posting(limit: limit) { postings.append(posting) }
        }
        guard !postings.isEmpty else { return }
        commits += 1
        let chance = Int.random(in: 0..<10, using: &random)
        if crash == .before(commits) || (crash == .often && chance == 0) {
            try await rollBack(postings)
            return try await restart()
        }
        try await model.apply(postings, keeping: [])
        if crash == .after(commits) || (crash == .often && chance == 1) { return try await restart() }
        for posting in postings {
            let place = posting.lane.partition.index
            acknowledge(lanes[place].committed(posting), at: place)
        }
    }

    /// Posts everything, and then something that the read model must refuse: so nothing of it stays.
    private func rollBack(_ postings: [Posting]) async throws {
        let anchor = LogAnchor(id: IntegrationEventID(event: SequentialIDs.id(0)), hash: .genesis)
        let never = Checkpoint(epoch: log.ledger.epoch, offset: 1, anchor: anchor)
        let refused = Posting(
            lane: Lane(source: "nobody", partition: Partition(0)), expected: never, entries: [], next: never)
        do { try await model.apply(postings + [refused], keeping: []) } catch is Fenced { return }
        throw BrokenProperty(description: "the read model has moved a checkpoint that it does not have")
    }

    /// Goes on from the files as a process leaves them that is killed: nothing is written back, nothing is closed.
    private mutating func restart() async throws {
        starts += 1
        let folder = try ReadModelFolder("\(root)/\(starts)")
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: model.path + suffix) {
            try FileManager.default.copyItem(
                atPath: model.path + suffix, toPath: folder.file(model.number) + suffix)
        }
        model = try SQLiteReadModel(in: folder, number: model.number, projection: make())
        try await start()
    }
}
