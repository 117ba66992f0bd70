import Daybook
import DaybookAPI
import Metrics

extension ReadModelProgress {
    /// The checkpoints in the order of their lanes.
    var reported: [FileCheckpoint] {
        checkpoints.sorted { $0.key < $1.key }.map { lane, checkpoint in
            FileCheckpoint(
                source: lane.source, partition: lane.partition, epoch: checkpoint.epoch, offset: checkpoint.offset)
        }
    }
}

/// The status and the report of a projection.
struct ProjectionReporter: Sendable {
    let supervisor: GenerationSupervisor
    let rate: PostingRate

    private var context: ProjectionContext { supervisor.context }
    private var registry: GenerationRegistry { supervisor.registry }
    private var store: any ReadModelStore { supervisor.context.store }

    /// The status of the generation that serves; before there is one, of the one that is built.
    var status: ProjectionStatus {
        let serving = store.serving
        let feeding = serving.flatMap(supervisor.runner)
        let runner = feeding ?? registry.running.withAll { $0.max { $0.key < $1.key }?.value.runner }
        var status = runner?.status ?? ProjectionStatus(projection: context.projection.name)
        if let serving, feeding == nil { freeze(&status, at: serving) }
        status.isPaused = status.isPaused || store.isPaused
        // Nothing can be asked, however far the build is.
        if serving == nil, let (number, reason) = registry.problems.reasons.max(by: { $0.key < $1.key }) {
            status.problem = "generation \(number): \(reason)"
        }
        return status
    }

    /// Where a generation of another version serves that is not fed here, that is what readers see: how far it is,
    /// beside the heads that the build knows.
    private func freeze(_ status: inout ProjectionStatus, at number: Int) {
        guard let file = try? store.summary(of: number), file.version != context.projection.version else { return }
        let now = Timestamp.now()
        status.lanes = status.lanes.map { lane in
            let place = Lane(source: lane.source, partition: lane.partition)
            return lane.frozen(at: file.progress.checkpoints[place], now: now)
        }
    }

    /// Measures what serves while it is of another version and not fed here: nobody else does.
    func measureFrozen() {
        guard let serving = store.serving, supervisor.runner(of: serving) == nil else { return }
        let status = status
        guard status.lanes.contains(where: { $0.state == .frozen }) else { return }
        let dimensions = [("projection", context.projection.name)]
        Gauge(label: "daybook_projection_lag_events", dimensions: dimensions).record(status.lag)
        Gauge(label: "daybook_projection_lag_seconds", dimensions: dimensions).record(status.lagSeconds)
        Gauge(label: "daybook_projection_well", dimensions: dimensions).record(status.trouble == nil ? 1 : 0)
        Gauge(label: "daybook_projection_generation", dimensions: dimensions).record(serving)
    }

    func report() async throws -> ProjectionReport {
        var status = status
        let total = registry.running.runners().map { $0.status.lanes.map(\.head.rawValue).cappedSum }.max() ?? 0
        let (files, damaged) = survey(&status)
        catchUp(files)
        var generations = generationReports(of: files, total: total)
        generations += damaged.map { file in
            GenerationReport(number: file.number, role: .damaged, problem: "\(file.error)", bytes: file.bytes)
        }
        let serving = store.serving
        // What is kept in the read model counts, not only what came since this process began.
        let kept = serving.flatMap { try? store.kept(in: $0) }
        if let kept { status.unreadable = kept.unreadable }
        var report = ProjectionReport(status, sources: context.feed.sources, eventsPerSecond: rate.look(status.posted))
        report.version = context.projection.version
        report.generation = serving
        report.generations = generations.sorted { $0.number < $1.number }
        report.parked = kept?.parked
        report.unreadableDropped = kept?.unreadableDropped
        return report
    }

    /// - Parameter total: Events that history is known to have.
    private func generationReports(of files: [GenerationSummary], total: Int64) -> [GenerationReport] {
        let builds = registry.running.withAll { running in
            running.filter { $0.value.role == .building }.mapValues(\.beginning)
        }
        let problems = registry.problems.reasons
        return files.map { file in
            let done = file.progress.posted(of: context.feed.sources)
            let runner = supervisor.runner(of: file.number)
            var report = GenerationReport(
                number: file.number, version: file.version, role: GenerationReport.Role(file.record.role),
                isFed: runner != nil, isHeld: file.record.isHeld, refusal: file.record.refusal,
                problem: problems[file.number], done: done, total: max(total, done), lag: max(0, total - done),
                bytes: file.bytes, checkpoints: file.progress.reported, hasRemains: file.progress.hasPendingErasure)
            report.waitsFor = runner?.status.awaitedSources
            if let build = builds[file.number] {
                let seconds = (ContinuousClock.now - build.time) / .seconds(1)
                let rate = Double(done - build.applied) / max(seconds, 0.001)
                report.eventsPerSecond = rate
                report.secondsLeft = rate > 0 ? Double(report.lag) / rate : nil
            }
            return report
        }
    }

    /// The generations that there are; none, with the reason in the status, where the one that serves cannot be read.
    private func survey(_ status: inout ProjectionStatus) -> ([GenerationSummary], [DamagedGeneration]) {
        do { return try store.survey() } catch {
            status.problem = status.problem ?? "the generation that serves cannot be read: \(error)"
            return ([], [])
        }
    }

    /// Lets generations that are fed here look for more where the one that serves is ahead: another worker may feed that,
    /// and what it has applied, an erasure for example, would be seen here with the next head check only.
    private func catchUp(_ files: [GenerationSummary]) {
        let serving = files.first { $0.number == store.serving }
        guard let head = serving?.progress.posted(of: context.feed.sources) else { return }
        for file in files where file.progress.posted(of: context.feed.sources) < head {
            supervisor.runner(of: file.number)?.look()
        }
    }
}
