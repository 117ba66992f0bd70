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

    /// The status, as it is seen from outside.
    public struct Status: Sendable, Codable {
        public var isConnected = false
        /// Entries in the log that are not confirmed.
        public var backlog: Int64 = 0
        /// Partitions that wait, and why.
        public var held: [Partition: String] = [:]
        public var cursors: [Offset] = []
        /// The time when the oldest entry was recorded that is not confirmed, as it was seen within the last second of
        /// appends.
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
    /// The time for which confirmed entries may be sent again after a crash: to note each of them at once would cost as
    /// many transactions as the appends.
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
        let inbox = Mailbox<Input>()
        var failure: (any Error)?
        do { try await serve(session, &relay, &saved, inbox) } catch { failure = error }
        // The session is over. What was confirmed and is noted now need not be sent again.
        _ = try? receive(inbox.takeAll(), &relay)
        do { _ = try await save(relay.cursors, saved) } catch { failure = failure ?? error }
        if let failure { throw failure }
    }

    /// Until the task is cancelled.
    private func serve(
        _ session: any PublisherSession, _ relay: inout RelayState, _ saved: inout [Offset], _ inbox: Mailbox<Input>
    ) async throws {
        var isSavePlanned = false
        var pages = [ArraySlice<LogEntry>](repeating: [], count: log.partitionCount)
        var pending = relay.connected()
        try await withThrowingDiscardingTaskGroup { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                do { try await session.untilEnded() } catch { inbox.send(.failed(error)) }
            }
            for await _ in inbox.arrivals(or: log.changes) {
                let inputs = inbox.takeAll()
                let isSaveDue = inputs.contains { if case .saveDue = $0 { true } else { false } }
                pending += try receive(inputs, &relay)
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
                if isSaveDue { isSavePlanned = false }
            }
        }
    }

    /// Takes all inputs.
    ///
    /// - Throws: The first failure among them.
    private func receive(_ inputs: [Input], _ relay: inout RelayState) throws -> [RelayState.Action] {
        var actions: [RelayState.Action] = []
        var failure: (any Error)?
        for input in inputs {
            switch input {
            case .settled(let batch, let outcomes): actions += relay.settled(batch, outcomes)
            case .probe(let partition): actions += relay.probe(partition)
            case .failed(let error): failure = failure ?? error
            case .saveDue: break
            }
        }
        if let failure { throw failure }
        return actions
    }

    private func perform(
        _ action: RelayState.Action, _ session: any PublisherSession, _ pages: inout [ArraySlice<LogEntry>],
        _ inbox: Mailbox<Input>, _ tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        switch action {
        case .send(let batch):
            let (entries, unreadable) = try await read(batch, &pages[batch.partition.index])
            let publication = try await session.send(entries)
            tasks.addTask {
                do {
                    inbox.send(.settled(batch, try await publication.outcomes() + unreadable))
                } catch {
                    inbox.send(.failed(error))
                }
            }
        case .probeLater(let partition, let failures, let reason):
            logger.warning(
                "partition is held",
                metadata: ["partition": "\(partition)", "reason": "\(reason)", "failures": "\(failures)"])
            let wait = Duration.backoff(from: .milliseconds(200), after: failures, upTo: .seconds(15))
            tasks.addTask {
                try? await Task.sleep(for: wait)
                inbox.send(.probe(partition))
            }
        }
    }

    /// Takes a batch from what was read of its partition, and reads on where that is not enough.
    ///
    /// - Returns: Its entries, up to the first that cannot be read, and what is to be said of that one.
    private func read(
        _ batch: RelayState.Batch, _ page: inout ArraySlice<LogEntry>
    ) async throws -> (entries: [LogEntry], unreadable: [PublicationOutcome]) {
        if page.first?.offset != batch.after.next { page = [] }
        var unreadable: [PublicationOutcome] = []
        while page.count < batch.limit && unreadable.isEmpty {
            let after = page.last?.offset ?? batch.after
            do {
                page += try await entries(of: batch.partition, after: after)
            } catch {
                try Task.checkCancellation()
                let entry = "\(batch.partition), offset \(after.next)"
                logger.error(
                    "an entry of the log cannot be read", metadata: ["entry": "\(entry)", "error": "\(error)"])
                unreadable = [.unsendable("\(entry) cannot be read")]
            }
        }
        defer { page = page.dropFirst(batch.limit) }
        return (Array(page.prefix(batch.limit)), unreadable)
    }

    /// Reads many entries, or one where something among many cannot be read.
    private func entries(of partition: Partition, after offset: Offset) async throws -> [LogEntry] {
        let many = try? await log.slice(partition, after: offset, limit: Self.page, maximumBytes: Self.pageBytes)
        let slice =
            if let many { many } else { try await log.slice(partition, after: offset, limit: 1, maximumBytes: 1) }
        // What is behind a hole must not be sent in the place of what is missing.
        let entries = slice.entries
        if entries.last?.offset == offset + Int64(entries.count) { return entries }
        let before = entries.enumerated().prefix { $1.offset == offset + Int64($0 + 1) }
        guard !before.isEmpty else { throw HistoryError("the log of \(partition) has a hole after \(offset)") }
        return before.map(\.element)
    }

    private func save(_ cursors: [Offset], _ saved: [Offset]) async throws -> [Offset] {
        let moved = cursors.indices.filter { cursors[$0] > saved[$0] }.map { (Partition($0), cursors[$0]) }
        if !moved.isEmpty { try await log.moveCursors(Dictionary(uniqueKeysWithValues: moved)) }
        return cursors
    }

    private func publish(_ relay: RelayState) {
        report {
            $0 = Status(
                isConnected: true, backlog: relay.backlog, held: relay.held.mapValues(\.description),
                cursors: relay.cursors,
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
