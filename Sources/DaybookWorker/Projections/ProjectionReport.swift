public import Daybook
import DaybookSQLite
import Metrics
import Synchronization

/// How a projection or a reaction is doing, as its worker tells: its status, that of the generation that serves, and the
/// generations that there are.
struct ProjectionReport: Encodable {
    struct Generation: Encodable {
        var number: Int
        /// `nil` for one that cannot be read.
        var version: Int?
        /// What it is to its read model, or `damaged`.
        var role: String
        /// Whether this process posts to it. One that nobody feeds is frozen.
        var isFed: Bool
        var isHeld: Bool
        var refusal: String?
        /// Why it cannot be read, go on, or take over.
        var problem: String?
        /// Events that it has, and those that history is known to have.
        var done: Int64
        var total: Int64
        var lag: Int64
        /// While it is built.
        var eventsPerSecond: Double?
        var secondsLeft: Double?
        /// The writers that this process waits for, so that the generation has not all that it should.
        var waitsFor: [Source]?
        var bytes: Int64
        /// How far its file is, whoever posts to it; `nil` for one that cannot be read.
        var checkpoints: [FileCheckpoint]?
        /// Whether its file may still have something of what was forgotten up to there; `nil` for one that cannot be
        /// read.
        var hasRemains: Bool?
    }

    var status: ProjectionStatus
    /// The writers whose events it is told to post.
    var sources: [Source]
    var generations: [Generation] = []
    /// The one that serves.
    var generation: Int?
    /// Of the code. A reaction has neither versions nor generations.
    var version: Int?
    /// Events that are set aside; `nil` where nothing serves, or the file cannot be read.
    var parked: Int?
    /// Messages that could not be read and are not kept any more, as there were too many; `nil` like `parked`.
    var unreadableDropped: Int?
    /// Events that were posted or reacted to since the look before.
    var eventsPerSecond: Double
    /// Of a reaction, whichever process has it; `nil` when its file cannot be read. A projection's generations have a
    /// file each.
    var file: FileProgress?

    private enum CodingKeys: CodingKey {
        case sources, waitsFor, lag, lagSeconds, isCurrent, generations, generation, version, parked, eventsPerSecond
        case checkpoints, unreadableDropped, hasRemains
    }

    func encode(to encoder: any Encoder) throws {
        try status.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sources, forKey: .sources)
        try container.encode(status.awaitedSources, forKey: .waitsFor)
        try container.encode(status.lag, forKey: .lag)
        try container.encode(status.lagSeconds, forKey: .lagSeconds)
        try container.encode(status.isCurrent, forKey: .isCurrent)
        try container.encode(generations, forKey: .generations)
        try container.encodeIfPresent(generation, forKey: .generation)
        try container.encodeIfPresent(version, forKey: .version)
        try container.encodeIfPresent(parked, forKey: .parked)
        try container.encodeIfPresent(unreadableDropped, forKey: .unreadableDropped)
        try container.encode(eventsPerSecond, forKey: .eventsPerSecond)
        try container.encodeIfPresent(file?.reported, forKey: .checkpoints)
        try container.encodeIfPresent(file?.hasRemains, forKey: .hasRemains)
    }
}

/// How far a file is in one partition of one source.
struct FileCheckpoint: Encodable {
    var source: Source
    var partition: Partition
    var epoch: Epoch
    var offset: Offset
}

extension FileProgress {
    /// The checkpoints in the order of their lanes.
    var reported: [FileCheckpoint] {
        checkpoints.sorted { $0.key < $1.key }.map { lane, checkpoint in
            FileCheckpoint(
                source: lane.source, partition: lane.partition, epoch: checkpoint.epoch, offset: checkpoint.offset)
        }
    }
}

extension ProjectionHost: Operated {
    static var name: String { Projection.name }

    /// The status of the generation that serves; before there is one, of the one that is built.
    public var status: ProjectionStatus {
        let serving = folder.serving
        let feeding = serving.flatMap(runner)
        let runner = feeding ?? members.withLock { $0.max { $0.key < $1.key }?.value.runner }
        var status = runner?.status ?? ProjectionStatus(projection: Projection.name)
        if let serving, feeding == nil { freeze(&status, at: serving) }
        status.isPaused = status.isPaused || folder.pause.isThere
        // Nothing can be asked, however far the build is.
        if serving == nil, let (number, problem) = problems.withLock({ $0.max { $0.key < $1.key } }) {
            status.problem = "generation \(number): \(problem.reason)"
        }
        return status
    }

    /// Where a generation of another version serves that is not fed here, that is what readers see: how far it is,
    /// beside the heads that the build knows.
    private func freeze(_ status: inout ProjectionStatus, at number: Int) {
        guard let file = try? GenerationFile(number, in: folder), file.version != Projection.version else { return }
        let now = Timestamp.now()
        status.lanes = status.lanes.map { lane in
            let place = Lane(source: lane.source, partition: lane.partition)
            return lane.frozen(at: file.progress.checkpoints[place], now: now)
        }
    }

    /// Measures what serves while it is of another version and not fed here: nobody else does.
    func measureFrozen() {
        guard let serving = folder.serving, runner(of: serving) == nil else { return }
        let status = status
        guard status.lanes.contains(where: { $0.state == "frozen" }) else { return }
        let dimensions = [("projection", Projection.name)]
        Gauge(label: "daybook_projection_lag_events", dimensions: dimensions).record(status.lag)
        Gauge(label: "daybook_projection_lag_seconds", dimensions: dimensions).record(status.lagSeconds)
        Gauge(label: "daybook_projection_well", dimensions: dimensions).record(status.trouble == nil ? 1 : 0)
        Gauge(label: "daybook_projection_generation", dimensions: dimensions).record(serving)
    }

    func report() async throws -> ProjectionReport {
        var status = status
        let total = runners().map { $0.status.lanes.map(\.head.rawValue).cappedSum }.max() ?? 0
        let builds = members.withLock { members in
            members.filter { $0.value.role == .building }.mapValues { (since: $0.since, before: $0.postedBefore) }
        }
        let (files, damaged) = survey(&status)
        catchUp(files)
        let problems = problems.withLock { $0.mapValues(\.reason) }
        var generations = files.map { generation in
            let done = generation.progress.posted(of: feed.sources)
            var report = ProjectionReport.Generation(
                number: generation.number, version: generation.version, role: generation.record.role.rawValue,
                isFed: runner(of: generation.number) != nil, isHeld: generation.record.isHeld,
                refusal: generation.record.refusal, problem: problems[generation.number], done: done,
                total: max(total, done), lag: max(0, total - done), bytes: generation.bytes,
                checkpoints: generation.progress.reported, hasRemains: generation.progress.hasRemains)
            report.waitsFor = runner(of: generation.number)?.status.awaitedSources
            if let build = builds[generation.number] {
                let seconds = (ContinuousClock.now - build.since) / .seconds(1)
                let rate = Double(done - build.before) / max(seconds, 0.001)
                report.eventsPerSecond = rate
                report.secondsLeft = rate > 0 ? Double(report.lag) / rate : nil
            }
            return report
        }
        generations += damaged.map { file in
            ProjectionReport.Generation(
                number: file.number, role: "damaged", isFed: false, isHeld: false, problem: "\(file.error)", done: 0,
                total: 0, lag: 0, bytes: file.bytes)
        }
        generations.sort { $0.number < $1.number }
        let serving = folder.serving
        // What is kept in the read model counts, not only what came since this process began.
        let kept = serving.flatMap { try? GenerationFile.kept(in: $0, of: folder) }
        if let kept { status.unreadable = kept.unreadable }
        return ProjectionReport(
            status: status, sources: feed.sources, generations: generations, generation: serving,
            version: Projection.version, parked: kept?.parked, unreadableDropped: kept?.unreadableDropped,
            eventsPerSecond: rate.look(status.posted))
    }

    /// The generations that there are; none, with the reason in the status, where the one that serves cannot be read.
    private func survey(_ status: inout ProjectionStatus) -> ([GenerationFile], [DamagedGeneration]) {
        do { return try folder.survey() } catch {
            status.problem = status.problem ?? "the generation that serves cannot be read: \(error)"
            return ([], [])
        }
    }

    /// Lets generations that are fed here look for more where the one that serves is ahead: another worker may feed that,
    /// and what it has posted, an erasure for example, would be seen here with the next head check only.
    private func catchUp(_ files: [GenerationFile]) {
        let serving = files.first { $0.number == folder.serving }
        guard let head = serving?.progress.posted(of: feed.sources) else { return }
        for file in files where file.progress.posted(of: feed.sources) < head { runner(of: file.number)?.look() }
    }
}
