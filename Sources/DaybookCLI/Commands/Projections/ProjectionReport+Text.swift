import Daybook
import DaybookAPI

/// Reports of workers, as the tool prints them.
extension ProjectionReport {
    /// The columns of ``rows``.
    static let columns: [Table.Column] = [
        .init(title: "PROJECTION"), .init(title: "LANE"), .init(title: "CHECKPOINT", isNumber: true),
        .init(title: "HEAD", isNumber: true), .init(title: "LAG", isNumber: true),
        .init(title: "LAG S", isNumber: true), .init(title: "STATE"),
    ]

    /// A row for each lane.
    var rows: [[String]] {
        lanes.map { lane in
            let state = [lane.state.rawValue, lane.problem].compactMap(\.self).joined(separator: ": ")
            return [
                projection, "\(lane.source)/\(lane.partition.index)", "\(lane.checkpoint)", "\(lane.head)",
                "\(lane.lag)", seconds(lane.lagSeconds), state,
            ]
        }
    }

    /// The row of a list of projections.
    func row(at worker: String) -> [String] {
        [projection, worker, text(generation), "\(lag)", text(parked), printable(problem ?? activity)]
    }

    private var activity: String {
        if isStandby { return "standby" }
        if isPaused { return "paused" }
        if !isConnected { return "not connected" }
        let unfit = lanes.map(\.state).first { $0 != .live && $0 != .standby }
        return (unfit ?? .live).rawValue
    }

    /// The facts about the whole of it, on a line.
    var summary: String {
        let facts: [String?] = [
            isConnected ? "connected" : "not connected", "\(lanes.count) \(lanes.count == 1 ? "lane" : "lanes")",
            "lag \(lag)", "\(seconds(lagSeconds)) s behind", "\(whole(eventsPerSecond.rounded()))/s",
            isPaused ? "paused" : nil, waiting(for: waitsFor), parkedText,
            unreadable > 0 ? "\(unreadable) unreadable" : nil,
            unreadableDropped.flatMap { $0 > 0 ? "\($0) unreadable dropped" : nil },
            problem.map { "problem: \($0)" },
        ]
        return "\(projection): " + facts.compactMap(\.self).joined(separator: ", ")
    }

    /// A worker does not say how many are parked where it cannot read the file, or nothing serves yet.
    private var parkedText: String? {
        guard let parked else { return "parked unknown" }
        return parked > 0 ? "\(parked) parked" : nil
    }

    /// A line for each generation.
    var generationLines: [String] {
        generations.map { generation in
            let name = "  generation \(generation.number): "
            guard let version = generation.version else {
                return "\(name)\(generation.role.rawValue), \(generation.problem ?? "")"
            }
            let facts = ["\(generation.role.rawValue), version \(version)"] + progress(of: generation)
            return name + (facts + remarks(on: generation)).joined(separator: ", ")
        }
    }

    private func progress(of generation: GenerationReport) -> [String] {
        guard generation.role == .building else { return ["lag \(generation.lag)"] }
        let facts: [String?] = [
            "\(generation.done) of \(generation.total) events", generation.eventsPerSecond.map { "\(whole($0))/s" },
            generation.secondsLeft.map { "\(seconds($0)) s left" },
        ]
        return facts.compactMap(\.self)
    }

    private func remarks(on generation: GenerationReport) -> [String] {
        let facts: [String?] = [
            generation.waitsFor.flatMap { waiting(for: $0) }, generation.isHeld ? "held" : nil,
            generation.isFed ? nil : "not fed here",
            generation.hasRemains == true ? "may have something of what was forgotten" : nil,
            generation.problem.map { "problem: \($0)" }, generation.refusal.map { "refused: \($0)" },
        ]
        return facts.compactMap(\.self)
    }

    private func waiting(for sources: [Source]) -> String? {
        if sources.isEmpty { return nil }
        return "waits for \(sources.map(\.description).joined(separator: ", "))"
    }

    private func text(_ number: Int?) -> String { number.map { String($0) } ?? "-" }

    /// Seconds to a tenth. By hand, as formatting by locale is a lot of machinery for a tool.
    private func seconds(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
