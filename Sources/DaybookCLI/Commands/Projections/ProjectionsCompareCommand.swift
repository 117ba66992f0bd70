import ArgumentParser
import DaybookSQLite

/// `daybook projections compare`
struct ProjectionsCompareCommand: ProjectionCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compares the rows that serve with those of a replay, which is thrown away.",
        discussion: """
            Exits with \(ExitStatus.conflict.rawValue) when they differ, with \(ExitStatus.failure.rawValue) when they \
            could not be compared. Posting goes on meanwhile.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    func run(at worker: ProjectionWorker) async throws {
        var text = try await worker.post(["compare"])
        var comparison = try Comparison.read(text, from: worker.endpoint)
        while comparison.state == "running" {
            if !global.json, let done = comparison.done, let total = comparison.total, total > 0 {
                let part = bar(Double(done) / Double(total))
                try Terminal.overwrite("\(projection.name)  \(part)  \(done) of \(total) events", isLast: false)
            }
            try await Task.sleep(for: .milliseconds(250))
            text = try await worker.get(["compare"])
            comparison = try Comparison.read(text, from: worker.endpoint)
        }
        if global.json { try Terminal.print(text) } else { try show(comparison) }
        if let problem = comparison.problem {
            Terminal.complain("\(projection.name) could not be compared: \(printable(problem))")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
        if comparison.differences?.isEmpty == false { throw ExitCode(ExitStatus.conflict.rawValue) }
    }

    private func show(_ comparison: Comparison) throws {
        let events = "\(comparison.total ?? 0) events"
        try Terminal.overwrite("\(projection.name)  \(bar(1))  \(events)", isLast: true)
        guard comparison.problem == nil else { return }
        let differences = comparison.differences ?? []
        if differences.isEmpty { try Terminal.print("a replay gives the same rows") }
        for difference in differences { try difference.print() }
    }
}

/// What a worker says of a comparison.
private struct Comparison: Decodable {
    let state: String
    let done: Int?
    let total: Int?
    let differences: [TableDifference]?
    let problem: String?
}
