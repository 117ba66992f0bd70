import Daybook
import DaybookSQLite
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Lets a reaction run in one process at a time: waits until no other has it, finds out where it begins, and reacts.
final class ReactionHost<React: Reaction>: Service {
    private struct Running: Sendable {
        let state: SQLiteReactionState<React>
        let runner: ProjectionRunner
    }

    private let reaction: React
    private let folder: String
    private let feed: ProjectionFeed
    private let isFromBeginning: Bool
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    /// - Parameters:
    ///   - folder: Where its checkpoints are.
    ///   - isFromBeginning: Whether it begins with the first event of a log that it has not seen before, and not after
    ///     the last.
    init(reaction: React, folder: String, feed: ProjectionFeed, isFromBeginning: Bool, logger: Logger) {
        self.reaction = reaction
        self.folder = folder
        self.feed = feed
        self.isFromBeginning = isFromBeginning
        self.logger = logger
    }

    func run() async throws {
        try await untilCancelled {
            let state = try await self.open()
            for source in self.feed.sources { try await self.activate(state, for: source) }
            self.running.withLock { $0 = Running(state: state, runner: self.makeRunner(state)) }
        }
        guard let (state, runner) = running.withLock({ $0.map { ($0.state, $0.runner) } }) else { return }
        defer { running.withLock { $0 = nil } }
        runner.pause(isPaused)
        try await withGracefulShutdownHandler {
            try await runner.run()
        } onGracefulShutdown: {
            state.end()
        }
    }

    private func makeRunner(_ state: SQLiteReactionState<React>) -> ProjectionRunner {
        ProjectionRunner(
            name: React.name, readModel: state, subscription: feed.subscription, history: feed.history,
            sources: feed.sources, partitionCount: feed.partitionCount, headCheckInterval: feed.headCheckInterval,
            policy: feed.policy, batchLimit: 100, logger: logger)
    }

    private func open() async throws -> SQLiteReactionState<React> {
        while true {
            if let claim = try SQLiteReactionState<React>.claim(in: folder) {
                return try SQLiteReactionState(folder: folder, reaction: reaction, claim: claim)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Notes the heads of a log that the reaction has not seen before. All of them are known before the first event is
    /// reacted to.
    private func activate(_ state: SQLiteReactionState<React>, for source: Source) async throws {
        if try await state.isActivated(for: source) { return }
        while true {
            do {
                let heads = isFromBeginning ? [:] : try await heads(of: source)
                try await state.activate(for: source, after: heads)
                logger.info(
                    "the reaction begins",
                    metadata: [
                        "reaction": "\(React.name)", "source": "\(source)",
                        "after": "\(heads.values.reduce(0) { $0 + $1.offset.rawValue }) events",
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

    private func heads(of source: Source) async throws -> [Lane: Checkpoint] {
        var heads: [Lane: Checkpoint] = [:]
        for partition in Partition.all(feed.partitionCount) {
            let head = try await feed.history.slice(of: source, partition, after: .zero, limit: 0).head
            guard head > .zero else { continue }
            let slice = try await feed.history.slice(of: source, partition, after: head, limit: 0)
            guard let anchor = slice.anchor else { throw HistoryError("the log of \(source) has changed meanwhile") }
            heads[Lane(source: source, partition: partition)] = Checkpoint(
                epoch: slice.epoch, offset: head, anchor: anchor)
        }
        return heads
    }
}

extension ReactionHost: Operated {
    static var name: String { React.name }

    var status: ProjectionStatus {
        var status = running.withLock { $0?.runner.status } ?? ProjectionStatus(projection: React.name)
        status.isPaused = status.isPaused || isPaused
        return status
    }

    func report() async throws -> ProjectionReport {
        var status = status
        let state = running.withLock { $0?.state }
        status.unreadable = try await state?.unreadableCount() ?? 0
        return ProjectionReport(status: status, parked: try await state?.parkedCount() ?? 0)
    }

    private var pauseFile: String { "\(folder)/\(React.name).paused" }
    private var isPaused: Bool { FileManager.default.fileExists(atPath: pauseFile) }

    func setPaused(_ isPaused: Bool) async throws {
        if isPaused {
            try Data().write(to: URL(filePath: pauseFile))
        } else {
            try? FileManager.default.removeItem(atPath: pauseFile)
        }
        running.withLock { $0?.runner.pause(isPaused) }
    }

    func parked(waiting: Bool) async throws -> [ParkedEvent] { try await state().parked(waiting: waiting) }

    func retryParked(_ stream: String, of source: Source) async throws -> ParkedOutcome {
        try await state().retryParked(stream, of: source)
    }

    func skipParked(_ stream: String, of source: Source) async throws -> ParkedOutcome? {
        try await state().skipParked(stream, of: source)
    }

    private func state() throws -> SQLiteReactionState<React> {
        guard let state = running.withLock({ $0?.state }) else {
            throw OperationRefused(
                code: "elsewhere", detail: "this worker does not run \(React.name) now: another one does, or it waits")
        }
        return state
    }
}
