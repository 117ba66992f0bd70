import Daybook
import DaybookAPI
import DaybookClient
import Testing

@testable import DaybookCLI

private let presentEpoch = Epoch(high: 0x01a2_b3c4_0000_7000, low: 0x8000_0000_0000_0001)
private let otherEpoch = Epoch(high: 0x01a2_b3c4_0000_7000, low: 0x8000_0000_0000_0002)

/// A checkpoint in a file.
private func at(
    _ offset: Offset, source: Source = "users-writer", partition: Int = 3, epoch: Epoch = presentEpoch
) -> FileCheckpoint {
    FileCheckpoint(source: source, partition: Partition(partition), epoch: epoch, offset: offset)
}

private func generation(
    _ checkpoints: FileCheckpoint..., hasRemains: Bool = false, isFed: Bool = true,
    role: GenerationReport.Role = .serving, version: Int = 1
) -> GenerationReport {
    GenerationReport(
        number: 1, version: version, role: role, isFed: isFed, bytes: 0, checkpoints: checkpoints,
        hasRemains: hasRemains)
}

private func projection(_ generations: GenerationReport..., sources: [Source] = ["users-writer"]) -> ProjectionReport {
    var report = ProjectionReport(ProjectionStatus(projection: "users"), sources: sources, eventsPerSecond: 0)
    report.version = 1
    report.generations = generations
    return report
}

/// A reaction, without checkpoints when its file cannot be read.
private func reaction(_ checkpoints: [FileCheckpoint]?, hasRemains: Bool = false) -> ProjectionReport {
    let status = ProjectionStatus(projection: "welcome")
    var report = ProjectionReport(status, sources: ["users-writer"], eventsPerSecond: 0)
    report.checkpoints = checkpoints
    report.hasRemains = checkpoints == nil ? nil : hasRemains
    return report
}

@Suite struct `A stream that is forgotten` {
    /// The remains that are found in a report, where the stream is forgotten at offset 7 of partition 3.
    private func remains(_ report: ProjectionReport) -> [String] {
        let place = LogPlace(partition: Partition(3), offset: 7)
        return report.remains(of: WriteToken(source: "users-writer", epoch: presentEpoch, place: place))
    }

    @Test(arguments: [
        projection(generation(at(7))), projection(generation(at(9), isFed: false)),
        projection(generation(at(1, partition: 2), at(7))), projection(), reaction([at(7)]),
    ])
    func `is gone where all have posted that, and erased what they had`(report: ProjectionReport) {
        #expect(remains(report) == [])
    }

    @Test func `is gone where its writer is not posted`() {
        let other = generation(at(9, source: "other"), hasRemains: true)
        #expect(remains(projection(other, sources: ["other"])) == [])
    }

    @Test(
        arguments: [
            (projection(generation(at(7), hasRemains: true)), "generation 1 of users may have it in its file"),
            (projection(generation(at(6))), "generation 1 of users has not come to it yet"),
            (projection(generation(at(9, partition: 2))), "generation 1 of users has not come to it yet"),
            (projection(generation()), "generation 1 of users has not come to it yet"),
            (
                projection(generation(at(6), isFed: false)),
                "generation 1 of users has not come to it yet, and is frozen unless another worker feeds it"
            ),
            (projection(generation(at(9, epoch: otherEpoch))), "generation 1 of users is of another log"),
            (
                projection(GenerationReport(number: 1, role: .damaged, problem: "…", bytes: 0)),
                "generation 1 of users cannot be read"
            ),
            (reaction([at(7)], hasRemains: true), "welcome may have it in its file still"),
            (reaction([at(6)]), "welcome has not come to it yet"),
            (reaction(nil), "welcome cannot be read"),
        ] as [(ProjectionReport, String)])
    func `is not said to be gone where somebody may still read it`(report: ProjectionReport, line: String) {
        let lines = remains(report)
        #expect(lines.count == 1 && lines.allSatisfy { $0.hasPrefix(line) }, "\(lines)")
    }

    @Test func `is not said to be gone where the worker is of an earlier version, which does not tell`() throws {
        guard case .object(var members) = try JSONData(encoding: projection(generation(at(7)))) else {
            Issue.record("a report is no object")
            return
        }
        members["sources"] = nil
        let report = try JSON.decode(ProjectionReport.self, from: JSONData.object(members).bytes)
        #expect(remains(report) == ["users: its worker is of an earlier version, which cannot say"])
    }

    @Test(
        arguments: [
            (projection(generation(at(7), hasRemains: true)), ": see \(Tool.name) parked list users"),
            (
                projection(generation(at(7), hasRemains: true, role: .previous)),
                ": wait, or \(Tool.name) projections drop users"
            ),
            (
                projection(generation(at(7), hasRemains: true, role: .building)),
                ": wait, or \(Tool.name) projections cancel users"
            ),
            (
                projection(generation(at(6), isFed: false, role: .building, version: 2)),
                ": \(Tool.name) projections drop users"
            ),
            (
                projection(generation(at(9, epoch: otherEpoch))),
                ": \(Tool.name) projections rebuild users, then drop users"
            ),
            (reaction([at(7)], hasRemains: true), ": see \(Tool.name) parked list welcome"),
            (reaction([at(9, epoch: otherEpoch)]), "and the reaction begins anew"),
        ] as [(ProjectionReport, String)])
    func `is said to be got rid of by what there is for it`(report: ProjectionReport, end: String) {
        let lines = remains(report)
        #expect(lines.count == 1 && lines.allSatisfy { $0.hasSuffix(end) }, "\(lines)")
    }

    @Test func `is looked for at all workers in turn, of which one may wait for another`() async throws {
        let workers = try ["first", "second"].map { try DaemonEndpoint(name: $0, url: "http://127.0.0.1") }
        var asked: [String] = []
        let remains = await ForgetCommand.remains(at: workers, until: .now + .seconds(2)) { worker in
            asked.append(worker.name)
            return asked.contains("second") && asked.count > 2 ? [] : ["\(worker.name) has it still"]
        }
        #expect(remains.isEmpty && asked == ["first", "second", "first", "second"])
    }

    @Test func `is looked for in every generation`() {
        #expect(remains(projection(generation(at(7)), generation(at(6)))).count == 1)
    }
}
