import ArgumentParser
import DaybookAPI
import DaybookClient

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

    func run(with client: ProjectionClient) async throws {
        var response = try await client.beginComparison()
        while response.document.state == .running {
            if !global.json { try showProgress(response.document) }
            try await Task.sleep(for: .milliseconds(250))
            response = try await client.comparison()
        }
        let comparison = response.document
        if global.json { try Terminal.print(response.text) } else { try show(comparison) }
        if let problem = comparison.problem {
            Terminal.complain("\(projection.name) could not be compared: \(printable(problem))")
            throw ExitCode(ExitStatus.failure.rawValue)
        }
        if !comparison.differences.isEmpty { throw ExitCode(ExitStatus.conflict.rawValue) }
    }

    private func showProgress(_ comparison: ComparisonResponse) throws {
        guard comparison.total > 0 else { return }
        let part = bar(Double(comparison.done) / Double(comparison.total))
        let events = "\(comparison.done) of \(comparison.total) events"
        try Terminal.overwrite("\(projection.name)  \(part)  \(events)", isLast: false)
    }

    private func show(_ comparison: ComparisonResponse) throws {
        try Terminal.overwrite("\(projection.name)  \(bar(1))  \(comparison.total) events", isLast: true)
        guard comparison.problem == nil else { return }
        if comparison.differences.isEmpty { try Terminal.print("a replay gives the same rows") }
        for difference in comparison.differences { try difference.print() }
    }
}
