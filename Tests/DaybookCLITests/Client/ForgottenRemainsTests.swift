import Daybook
import Foundation
import Testing

@testable import DaybookCLI

private let presentEpoch = "01a2b3c4-0000-7000-8000-000000000001"
private let otherEpoch = "01a2b3c4-0000-7000-8000-000000000002"

/// A checkpoint in the answer of a worker.
private func at(
    _ offset: Int, source: String = "users-writer", partition: Int = 3, epoch: String = presentEpoch
) -> String {
    #"{"source":"\#(source)","partition":\#(partition),"epoch":"\#(epoch)","offset":\#(offset)}"#
}

private func file(_ checkpoints: String..., hasRemains: Bool = false) -> String {
    #""checkpoints":[\#(checkpoints.joined(separator: ","))],"hasRemains":\#(hasRemains)"#
}

private func generation(
    _ file: String, isFed: Bool = true, role: String = "serving", version: Int = 1
) -> String {
    #"{"number":1,"version":\#(version),"role":"\#(role)","isFed":\#(isFed),\#(file)}"#
}

private func projection(_ generations: String...) -> String {
    let all = generations.joined(separator: ",")
    return #"{"projection":"users","version":1,"sources":["users-writer"],"generations":[\#(all)]}"#
}

private func reaction(_ members: String...) -> String {
    let all = [#""projection":"welcome","sources":["users-writer"],"generations":[]"#] + members
    return "{\(all.joined(separator: ","))}"
}

@Suite struct `A stream that is forgotten` {
    /// What is said of it in an answer, where it is forgotten at offset 7 of partition 3.
    private func remains(_ projection: String) throws -> [String] {
        let token = try #require(WriteToken("users-writer/\(presentEpoch)/3/7"))
        let answer = Data(#"{"projections":[\#(projection)]}"#.utf8)
        let report = try JSONDecoder().decode(ProjectionReport.self, from: answer)
        return report.projections.flatMap { $0.remains(of: token) }
    }

    @Test(arguments: [
        projection(generation(file(at(7)))), projection(generation(file(at(9)), isFed: false)),
        projection(generation(file(at(1, partition: 2), at(7)))), projection(), reaction(file(at(7))),
    ])
    func `is gone where all have posted that, and erased what they had`(projection: String) throws {
        #expect(try remains(projection) == [])
    }

    @Test func `is gone where its writer is not posted`() throws {
        let other = generation(file(at(9, source: "other"), hasRemains: true))
        let answer = #"{"projection":"p","version":1,"sources":["other"],"generations":[\#(other)]}"#
        #expect(try remains(answer) == [])
    }

    @Test(
        arguments: [
            (projection(generation(file(at(7), hasRemains: true))), "generation 1 of users may have it in its file"),
            (projection(generation(file(at(6)))), "generation 1 of users has not come to it yet"),
            (projection(generation(file(at(9, partition: 2)))), "generation 1 of users has not come to it yet"),
            (projection(generation(file())), "generation 1 of users has not come to it yet"),
            (
                projection(generation(file(at(6)), isFed: false)),
                "generation 1 of users has not come to it yet, and is frozen unless another worker feeds it"
            ),
            (projection(generation(file(at(9, epoch: otherEpoch)))), "generation 1 of users is of another log"),
            (projection(#"{"number":1,"role":"damaged","problem":"…"}"#), "generation 1 of users cannot be read"),
            (#"{"projection":"users","generations":[{"number":1,"role":"serving"}]}"#, "users: its worker is of an"),
            (reaction(file(at(7), hasRemains: true)), "welcome may have it in its file still"),
            (reaction(file(at(6))), "welcome has not come to it yet"),
            (reaction(), "welcome cannot be read"),
        ] as [(String, String)])
    func `is not said to be gone where somebody may still read it`(projection: String, line: String) throws {
        let lines = try remains(projection)
        #expect(lines.count == 1 && lines.allSatisfy { $0.hasPrefix(line) }, "\(lines)")
    }

    @Test(
        arguments: [
            (projection(generation(file(at(7), hasRemains: true))), ": see \(Tool.name) parked list users"),
            (
                projection(generation(file(at(7), hasRemains: true), role: "previous")),
                ": wait, or \(Tool.name) projections drop users"
            ),
            (
                projection(generation(file(at(7), hasRemains: true), role: "building")),
                ": wait, or \(Tool.name) projections cancel users"
            ),
            (
                projection(generation(file(at(6)), isFed: false, role: "building", version: 2)),
                ": \(Tool.name) projections drop users"
            ),
            (
                projection(generation(file(at(9, epoch: otherEpoch)))),
                ": \(Tool.name) projections rebuild users, then drop users"
            ),
            (reaction(file(at(7), hasRemains: true)), ": see \(Tool.name) parked list welcome"),
            (reaction(file(at(9, epoch: otherEpoch))), "and the reaction begins anew"),
        ] as [(String, String)])
    func `is said to be got rid of by what there is for it`(projection: String, end: String) throws {
        let lines = try remains(projection)
        #expect(lines.count == 1 && lines.allSatisfy { $0.hasSuffix(end) }, "\(lines)")
    }

    @Test func `is looked for at all workers in turn, of which one may wait for another`() async throws {
        let workers = try ["first", "second"].map { try Endpoint(name: $0, url: "http://127.0.0.1", token: nil) }
        var asked: [String] = []
        let remains = await ForgetCommand.remains(at: workers, until: .now + .seconds(2)) { worker in
            asked.append(worker.name)
            return asked.contains("second") && asked.count > 2 ? [] : ["\(worker.name) has it still"]
        }
        #expect(remains.isEmpty && asked == ["first", "second", "first", "second"])
    }

    @Test func `is looked for in every generation`() throws {
        #expect(try remains(projection(generation(file(at(7))), generation(file(at(6))))).count == 1)
    }
}
