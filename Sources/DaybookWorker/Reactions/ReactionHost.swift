import Daybook
import DaybookAPI
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Lets a reaction run in one process at a time: waits until no other has it, finds out where it begins, and reacts.
final class ReactionHost<React: Reaction>: Service {
    private enum Phase: Sendable {
        /// Another process reacts.
        case standby
        /// It is not known yet where it begins in this source's log.
        case waiting(Source)
        case running(any ReactionState, ProjectionRunner)
    }

    private let reaction: React
    private let states: any ReactionStateStore
    private let feed: ProjectionFeed
    private let isFromBeginning: Bool
    private let timeout: Duration
    private let logger: Logger
    private let phase = Mutex(Phase.standby)
    /// Fires when the operator has changed the pause in this process.
    private let resumed = Signal()
    private let rate = PostingRate()
    private let parkedEvents = Gauge(
        label: "daybook_projection_parked_events", dimensions: [("projection", React.name)])

    /// - Parameters:
    ///   - states: Where its checkpoints are.
    ///   - isFromBeginning: Whether it begins with the first event of a log that it has not seen before, and not after
    ///     the last.
    ///   - timeout: How long it may take to react to one event.
    init(
        reaction: React, states: any ReactionStateStore, feed: ProjectionFeed, isFromBeginning: Bool,
        timeout: Duration = .seconds(60), logger: Logger
    ) {
        self.reaction = reaction
        self.states = states
        self.feed = feed
        self.isFromBeginning = isFromBeginning
        self.timeout = timeout
        self.logger = logger
    }

    func run() async throws {
        try await untilCancelled {
            let state = try await self.open()
            for source in self.feed.sources { try await self.activate(state, for: source) }
            self.phase.withLock { $0 = .running(state, self.makeRunner(state)) }
        }
        guard case .running(let state, let runner) = phase.withLock({ $0 }) else { return }
        defer { phase.withLock { $0 = .standby } }
        let isPaused = states.isPaused(name)
        if isPaused { runner.pause(true) }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                defer { tasks.cancelAll() }
                tasks.addTask { await self.follow(runner, state, isPaused: isPaused) }
                tasks.addTask { [self] in
                    let file = ErasableFile(metadata: ["reaction": "\(React.name)"]) { try await state.erasePending() }
                    await ErasableFile.erasePending(of: { [file] }, every: feed.headCheckInterval, logger)
                }
                try await runner.run()
            }
        } onGracefulShutdown: {
            state.end()
        }
    }

    /// Obeys the operator, who may have asked another process, and measures.
    private func follow(_ runner: ProjectionRunner, _ state: any ReactionState, isPaused: Bool) async {
        let wake = Signal()
        var wasPaused = isPaused
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { [interval = feed.headCheckInterval] in
                for await _ in Ticker(every: interval) { wake.fire() }
            }
            for await _ in Signal.listen(to: wake, runner.changes, resumed) {
                if Task.isCancelled { break }
                if states.isPaused(name) != wasPaused {
                    wasPaused.toggle()
                    runner.pause(wasPaused)
                }
                if let count = try? await state.parkedCount() { parkedEvents.record(count) }
                try? await Task.sleep(for: .milliseconds(200))
            }
            tasks.cancelAll()
        }
    }

    /// About so many events of all lanes are reacted to before that is committed and acknowledged. A mail may take a
    /// second: with many more of them the reaction would seem to stand.
    private static var batch: Int { 16 }

    private func makeRunner(_ state: any ReactionState) -> ProjectionRunner {
        let lanes = feed.sources.count * feed.partitionCount
        return ProjectionRunner(
            name: React.name, readModel: state, subscription: feed.subscription, history: feed.history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: feed.policy, batchLimit: max(1, Self.batch / max(1, lanes)), logger: logger)
    }

    private func open() async throws -> any ReactionState {
        var isSaid = false
        while true {
            if let lock = try states.lock(name) {
                return try states.open(reaction, lock: lock, timeout: timeout)
            }
            if !isSaid { logger.info("another process reacts", metadata: ["reaction": "\(React.name)"]) }
            isSaid = true
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Notes the heads of a log that the reaction has not seen before. All of them are known before the first event is
    /// reacted to.
    private func activate(_ state: any ReactionState, for source: Source) async throws {
        if try await state.isActivated(for: source) { return }
        phase.withLock { $0 = .waiting(source) }
        while true {
            do {
                let heads = try await heads(of: source)
                try await state.activate(for: source, after: heads)
                logger.info(
                    "the reaction begins",
                    metadata: [
                        "reaction": "\(React.name)", "source": "\(source)",
                        "after": "\(heads.values.map(\.offset.rawValue).cappedSum) events",
                    ])
                return
            } catch let error as HistoryError {
                logger.info(
                    "the reaction waits for its source",
                    metadata: ["reaction": "\(React.name)", "source": "\(source)", "error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// After which event of each partition it begins. Where that is none, the checkpoint still says of which log.
    private func heads(of source: Source) async throws -> [Lane: Checkpoint] {
        var heads: [Lane: Checkpoint] = [:]
        for partition in Partition.all(feed.partitionCount) {
            let first = try await feed.history.slice(of: source, partition, after: .zero, limit: 0)
            guard first.partitionCount == feed.partitionCount else {
                throw PartitionCountMismatch(source, log: first.partitionCount, here: feed.partitionCount)
            }
            let lane = Lane(source: source, partition: partition)
            heads[lane] = try await checkpoint(of: lane, after: isFromBeginning ? .zero : first.head, first.epoch)
        }
        return heads
    }

    private func checkpoint(of lane: Lane, after offset: Offset, _ epoch: Epoch) async throws -> Checkpoint {
        guard offset > .zero else {
            let nothing = LogAnchor(id: IntegrationEventID(event: UniqueID(high: 0, low: 0)), hash: .genesis)
            return Checkpoint(epoch: epoch, offset: .zero, anchor: nothing)
        }
        let slice = try await feed.history.slice(of: lane.source, lane.partition, after: offset, limit: 0)
        guard slice.epoch == epoch, let anchor = slice.anchor else {
            throw HistoryError("the log of \(lane.source) has changed meanwhile")
        }
        return Checkpoint(epoch: epoch, offset: offset, anchor: anchor)
    }

    // MARK: After a stop

    /// Takes the present logs of the sources that are stopped for the right ones, and goes on in them where it stopped:
    /// behind its checkpoint if the log has that event, else with the event that the log has there, else at its end.
    ///
    /// - Throws: `OperationRefused` when nothing is stopped here, `HistoryError`.
    func reset() async throws {
        guard case .running(let state, let runner) = phase.withLock({ $0 }) else { throw isElsewhere }
        let stopped = Set(runner.status.lanes.filter { $0.state == .stopped }.map(\.source))
        guard !stopped.isEmpty else {
            throw OperationRefused(code: .notStopped, detail: "no source of \(React.name) is stopped")
        }
        let own = try await state.checkpoints()
        var places: [Lane: Checkpoint] = [:]
        for source in stopped {
            for lane in Partition.all(feed.partitionCount).map({ Lane(source: source, partition: $0) }) {
                places[lane] = try await place(of: lane, from: own[lane])
            }
        }
        try await state.move(to: places)
        logger.warning(
            "the reaction goes on in the present log",
            metadata: ["reaction": "\(React.name)", "sources": "\(stopped.map(\.description).sorted())"])
        runner.restartStopped()
    }

    private func place(of lane: Lane, from own: Checkpoint?) async throws -> Checkpoint {
        let offset = own?.offset ?? .zero
        let slice = try await feed.history.slice(of: lane.source, lane.partition, after: offset, limit: 0)
        if let anchor = slice.anchor, anchor == own?.anchor {
            return Checkpoint(epoch: slice.epoch, offset: offset, anchor: anchor)
        }
        let before = max(offset.previous, .zero)
        return try await checkpoint(of: lane, after: min(slice.head, before), slice.epoch)
    }
}

extension ReactionHost: Operated {
    var name: String { React.name }

    var status: ProjectionStatus {
        var status = ProjectionStatus(projection: React.name)
        switch phase.withLock({ $0 }) {
        case .running(_, let runner): status = runner.status
        case .waiting(let source): status.problem = "it begins when \(source) has said where its log ends"
        case .standby: status.isStandby = true
        }
        status.isPaused = status.isPaused || states.isPaused(name)
        return status
    }

    func report() async throws -> ProjectionReport {
        let status = status
        var report = ProjectionReport(status, sources: feed.sources, eventsPerSecond: 0)
        // Whichever process has it, and unknown while that cannot be read.
        if let progress = try? states.progress(of: name) {
            report.checkpoints = progress.reported
            report.hasRemains = progress.hasPendingErasure
        }
        if let kept = try? states.kept(by: name) {
            report.unreadable = kept.unreadable
            report.unreadableDropped = kept.unreadableDropped
            report.parked = kept.parked
        }
        guard case .running = phase.withLock({ $0 }) else { return report }
        report.eventsPerSecond = rate.look(status.posted)
        return report
    }

    func setPaused(_ isPaused: Bool) async throws {
        try states.setPaused(isPaused, of: name)
        // Its failure policy may have paused it, of which nothing is noted.
        if !isPaused, case .running(_, let runner) = phase.withLock({ $0 }) { runner.pause(false) }
        resumed.fire()
    }

    func parked(_ selection: ParkedSelection) async throws -> ParkedPage { try await state().parked(selection) }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await state().retryParked(stream, of: source)
    }

    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await state().skipParked(stream, of: source)
    }

    func unreadableMessages() throws -> (any UnreadableMessageStore)? { states.unreadableMessages(of: name) }

    private func state() throws -> any ReactionState {
        guard case .running(let state, _) = phase.withLock({ $0 }) else { throw isElsewhere }
        return state
    }

    private var isElsewhere: OperationRefused {
        OperationRefused(
            code: .elsewhere, detail: "this worker does not run \(React.name) now: another one does, or it waits")
    }
}
