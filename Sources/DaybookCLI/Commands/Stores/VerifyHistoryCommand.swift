import ArgumentParser
import Daybook
import DaybookSQLite

/// `daybook verify-history`
struct VerifyHistoryCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-history", abstract: "Tries this tool's domain on everything that a store has.",
        discussion: """
            Opens the store's file and only reads, also while its writer runs; a backup will do. Every event is decoded \
            and brought to the present schema, every aggregate is folded, and every projection posts the whole log to a \
            read model in the temporary folder (TMPDIR), which is thrown away. It names what would break, and exits with \
            \(ExitStatus.incompatible.rawValue) when anything would: a gate before a deployment.
            """)

    @Argument(help: ArgumentHelp("The file of the store or of a backup.", valueName: "store"), completion: .file())
    var store: String

    @Option(
        help: ArgumentHelp("The key file, to try personal data that are encrypted.", valueName: "file"),
        completion: .file())
    var keys: String?

    @OptionGroup var global: GlobalOptions

    func work() async throws {
        try requireFile(store)
        if let keys { try requireFile(keys) }
        let domain = Domain.current
        let verification = HistoryVerification(
            path: store, keys: keys, aggregates: domain.aggregates, projections: domain.projections)
        let report = try await verification.run { what, done, total in try showProgress(done, of: total, what) }
        if global.json {
            try Terminal.print(JSONData(encoding: report).line)
        } else {
            try show(report)
        }
        guard report.problems.isEmpty else { throw complaint("the code does not fit what is stored", .incompatible) }
    }

    private func show(_ report: HistoryReport) throws {
        if report.problems.isEmpty {
            try Terminal.print("everything fits: \(report.events) events, \(report.entries) integration events")
        }
        for problem in report.problems { try Terminal.print(printable(line(problem))) }
        if report.omitted > 0 { try Terminal.print("and \(report.omitted) more of other kinds") }
    }

    private func line(_ problem: HistoryProblem) -> String {
        guard let type = problem.type, let version = problem.schemaVersion else {
            return "\(problem.part): \(problem.reason)"
        }
        let count = problem.count == 1 ? "1 event" : "\(problem.count) events"
        let place = problem.position.map { ", the first at position \($0)" } ?? ""
        return "\(problem.part): \(type), schema version \(version), \(count)\(place): \(problem.reason)"
    }
}
