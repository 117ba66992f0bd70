public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// Sends the integration log to the broker, in order and confirmed: the thin shell around ``RelayState``.
///
/// With the broker away it waits; the log keeps growing and nothing is lost.
public final class Relay: Service {
    private enum Input: Sendable {
        case settled(RelayState.Batch, [PublicationOutcome])
        case probe(Partition)
        case failed(any Error)
        case saveDue
    }

    /// What can be seen from outside.
    public struct Status: Sendable, Codable {
        public var isConnected = false
        /// Entries in the log that are not confirmed.
        public var backlog: Int64 = 0
        /// Partitions that wait because no queue is bound to them or the broker refuses them.
        public var held: [Partition] = []
        public var cursors: [Offset] = []
        /// When the oldest entry was recorded that is not confirmed, as it was seen within the last second of appends.
        public var oldestUnconfirmed: Timestamp?
    }

    private let log: any IntegrationLog
    private let publisher: any Publisher
    private let logger: Logger
    private let window: Int
    private let state: Mutex<Status>
    private let gauges = (
        backlog: Gauge(label: "daybook_relay_backlog"), held: Gauge(label: "daybook_relay_held_partitions"),
        connected: Gauge(label: "daybook_relay_connected"),
        oldest: Gauge(label: "daybook_relay_oldest_unconfirmed_timestamp_seconds")
    )
    /// How long confirmed entries may be sent again after a crash: to note each of them at once would cost as many
    /// transactions as the appends.
    private static let savingDelay = Duration.milliseconds(250)
    /// Entries read at a time, and about how many bytes of them.
    private static let page = 512
    private static let pageBytes = 1 << 20

    public init(log: any IntegrationLog, publisher: any Publisher, window: Int = 256, logger: Logger) {
        self.log = log
        self.publisher = publisher
        self.window = window
        self.logger = logger
        state = Mutex(Status())
    }

    public var status: Status { state.withLock { $0 } }

    /// Runs until a graceful shutdown or a cancellation. What is in flight then is sent again by the next run, unless
    /// its confirm was seen.
    public func run() async throws {
        try await untilCancelled {
            async let watching: Void = self.watchBacklog()
            try await self.serveSessions()
            await watching
        }
    }

    /// A log that cannot be read now is tried again: commands go on meanwhile, and so does the backlog.
    private func serveSessions() async throws {
        while true {
            do {
                try await publisher.withSessions { session in
                    do {
                        try await self.serve(session)
                    } catch {
                        self.report { $0.isConnected = false }
                        await self.measureBacklog()
                        throw error
                    }
                }
                return
            } catch let error where !(error is CancellationError) {
                try Task.checkCancellation()
                logger.error("the relay cannot go on, trying again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Keeps the backlog honest while nothing is sent: without a session, or while the broker takes nothing.
    private func watchBacklog() async {
        for await _ in log.changes.listen() {
            await measureBacklog()
            // Under load once a second is enough.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func measureBacklog() async {
        let confirmed = status.cursors
        guard let saved = try? await log.cursors(), let heads = try? await log.heads() else { return }
        let cursors = confirmed.isEmpty ? saved : zip(saved, confirmed).map(max)
        let backlog = zip(heads, cursors).reduce(0) { $0 + ($1.0 - $1.1) }
        var oldest: Timestamp?
        for (index, cursor) in cursors.enumerated() where heads[index] > cursor {
            let slice = try? await log.slice(Partition(index), after: cursor, limit: 1, maximumBytes: 1)
            guard let recordedAt = slice?.entries.first?.recordedAt else { continue }
            oldest = min(oldest ?? recordedAt, recordedAt)
        }
        report { [oldest] status in
            // Whoever confirmed something meanwhile has told more.
            guard status.cursors == confirmed else { return }
            status.backlog = backlog
            status.oldestUnconfirmed = oldest
        }
    }

    private func serve(_ session: any PublisherSession) async throws {
        var relay = RelayState(cursors: try await log.cursors(), window: window)
        var saved = relay.cursors
        var isSaveDue = false
        var isSavePlanned = false
        var pages = [ArraySlice<LogEntry>](repeating: [], count: log.partitionCount)
        let inbox = Mailbox<Input>()
        var pending = relay.connected()
        try await withThrowingDiscardingTaskGroup { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                do { try await session.untilEnded() } catch { inbox.send(.failed(error)) }
            }
            for await _ in inbox.arrivals(or: log.changes) {
                for input in inbox.takeAll() {
                    if case .saveDue = input { isSaveDue = true }
                    pending += try receive(input, &relay)
                }
                pending += relay.headsMoved(try await log.heads())
                for action in pending { try await perform(action, session, &pages, inbox, &tasks) }
                pending = []
                publish(relay)
                let advance = zip(relay.cursors, saved).reduce(0) { $0 + ($1.0 - $1.1) }
                if advance >= 5000 || (isSaveDue && advance > 0) {
                    saved = try await save(relay.cursors, saved)
                } else if advance > 0 && !isSavePlanned {
                    isSavePlanned = true
                    tasks.addTask {
                        try? await Task.sleep(for: Self.savingDelay)
                        inbox.send(.saveDue)
                    }
                }
                if isSaveDue { (isSaveDue, isSavePlanned) = (false, false) }
            }
        }
        // Cancelled: what is noted now need not be sent again.
        _ = try await save(relay.cursors, saved)
    }

    private func receive(_ input: Input, _ relay: inout RelayState) throws -> [RelayState.Action] {
        switch input {
        case .settled(let batch, let outcomes): relay.settled(batch, outcomes)
        case .probe(let partition): relay.probe(partition)
        case .failed(let error): throw error
        case .saveDue: []
        }
    }

    private func perform(
        _ action: RelayState.Action, _ session: any PublisherSession, _ pages: inout [ArraySlice<LogEntry>],
        _ inbox: Mailbox<Input>, _ tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        switch action {
        case .send(let batch):
            let entries = try await read(batch, &pages[batch.partition.index])
            let publication = try await session.send(entries)
            tasks.addTask {
                do {
                    inbox.send(.settled(batch, try await publication.outcomes()))
                } catch {
                    inbox.send(.failed(error))
                }
            }
        case .probeLater(let partition, let failures):
            logger.warning(
                "partition is held: no queue is bound to it, or the broker refuses it",
                metadata: ["partition": "\(partition)", "failures": "\(failures)"])
            let wait = min(Duration.milliseconds(100 << min(failures, 8)), .seconds(15))
            tasks.addTask {
                try? await Task.sleep(for: wait)
                inbox.send(.probe(partition))
            }
        }
    }

    /// Takes a batch from what was read of its partition, and reads on where that is not enough.
    private func read(_ batch: RelayState.Batch, _ page: inout ArraySlice<LogEntry>) async throws -> [LogEntry] {
        if page.first?.offset != batch.after.next { page = [] }
        while page.count < batch.limit {
            let after = page.last?.offset ?? batch.after
            let more = try await log.slice(
                batch.partition, after: after, limit: Self.page, maximumBytes: Self.pageBytes
            ).entries
            guard more.first?.offset == after.next else {
                throw HistoryError("the log of \(batch.partition) has a hole after \(after)")
            }
            page += more
        }
        defer { page = page.dropFirst(batch.limit) }
        return Array(page.prefix(batch.limit))
    }

    private func save(_ cursors: [Offset], _ saved: [Offset]) async throws -> [Offset] {
        let moved = cursors.indices.filter { cursors[$0] > saved[$0] }.map { (Partition($0), cursors[$0]) }
        if !moved.isEmpty { try await log.moveCursors(Dictionary(uniqueKeysWithValues: moved)) }
        return cursors
    }

    private func publish(_ relay: RelayState) {
        report {
            $0 = Status(
                isConnected: true, backlog: relay.backlog, held: relay.held, cursors: relay.cursors,
                oldestUnconfirmed: relay.backlog == 0 ? nil : $0.oldestUnconfirmed)
        }
    }

    private func report(_ change: (inout Status) -> Void) {
        let status = state.withLock { status in
            change(&status)
            return status
        }
        gauges.backlog.record(status.backlog)
        gauges.held.record(status.held.count)
        gauges.connected.record(status.isConnected ? 1 : 0)
        gauges.oldest.record(status.oldestUnconfirmed.map { Double($0.microseconds) / 1e6 } ?? 0)
    }
}
