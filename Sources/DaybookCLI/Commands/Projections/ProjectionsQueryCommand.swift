import ArgumentParser
import Daybook
import DaybookAPI
import DaybookClient

/// `daybook projections query`
struct ProjectionsQueryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Shows the rows of a projection's tables, as they are or as they were.",
        discussion: """
            Rows that were are built from history, up to a time or to offsets, and thrown away when they are shown. \
            Posting goes on meanwhile. With --json each row is a line {"table":…,"row":{…}}.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var projection: ProjectionOptions

    @Option(help: ArgumentHelp("As they were at a time (RFC 3339, or a date in UTC).", valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp(
            "As they were after these offsets, and nothing of any other partition.", valueName: "source/p00=12,…"))
    var offsets: String?

    @Option(help: ArgumentHelp("Only the rows of this table.", valueName: "table"))
    var table: String?

    func validate() throws {
        guard at == nil || offsets == nil else { throw ValidationError("Give --at or --offsets, not both.") }
        guard at.map({ Timestamp($0) != nil }) ?? true else {
            throw ValidationError("--at takes a time such as 2026-11-01T00:00Z, or a date.")
        }
    }

    func run(_ daemons: Daemons, _ session: DaemonSession) async throws {
        let client = try await projection.worker(daemons, session).projection(projection.name)
        var printer = RowPrinter(isJSON: global.json, hasTitles: table == nil)
        var parked = 0
        for try await line in client.rows(at: moment, of: table) {
            switch line.document {
            case .progress(let progress): try show(progress)
            case .head(let head): try printer.begin(head.table, head.columns)
            case .row(let row): try printer.add(row.row, line.text)
            case .end(let end): parked = end.parked
            // The client throws it.
            case .problem: break
            }
        }
        try printer.finish()
        if parked > 0 { Terminal.complain("\(parked) events are parked, and not in these rows") }
    }

    private var moment: RowsMoment? {
        at.flatMap { Timestamp($0) }.map { RowsMoment.time($0) } ?? offsets.map { RowsMoment.offsets($0) }
    }

    /// Only for people who watch: what is printed elsewhere are rows.
    private func show(_ progress: BuildProgress) throws {
        guard Terminal.isInteractive, !global.json, progress.total > 0 else { return }
        let part = bar(Double(progress.done) / Double(progress.total))
        try Terminal.overwrite(
            "\(projection.name)  \(part)  \(progress.done) of \(progress.total) events",
            isLast: progress.done == progress.total)
    }
}

/// Prints rows as they come: as the lines that they came in, or aligned under the name of their table.
private struct RowPrinter {
    let isJSON: Bool
    let hasTitles: Bool
    private var columns: [String] = []
    private var table: Table?
    /// Rows that are aligned together.
    private var batch: [[JSONData]] = []

    private static let batchSize = 200

    init(isJSON: Bool, hasTitles: Bool) {
        self.isJSON = isJSON
        self.hasTitles = hasTitles
    }

    mutating func begin(_ name: String, _ columns: [String]) throws {
        try finish()
        self.columns = columns
        if hasTitles && !isJSON { try Terminal.print(printable(name)) }
    }

    /// Takes a row, which is an object, and the line that it came in.
    mutating func add(_ row: EncodedJSON, _ line: String) throws {
        if isJSON { return try Terminal.print(line) }
        guard case .object(let members) = try row.value() else { return }
        batch.append(columns.map { members[$0] ?? .null })
        if batch.count >= Self.batchSize { try printBatch() }
    }

    /// Ends a table.
    mutating func finish() throws {
        guard !isJSON, !columns.isEmpty else { return }
        if table == nil || !batch.isEmpty { try printBatch() }
        if hasTitles { try Terminal.print("") }
        (table, columns) = (nil, [])
    }

    private mutating func printBatch() throws {
        // The first rows tell what is a number.
        var table = self.table ?? Table(columns.enumerated().map { place, name in column(place, name) })
        try table.print(batch.map { row in row.map(\.cell) })
        self.table = table
        batch = []
    }

    private func column(_ place: Int, _ name: String) -> Table.Column {
        let values = batch.map { $0[place] }.filter { $0 != .null }
        return Table.Column(title: printable(name), isNumber: !values.isEmpty && values.allSatisfy(\.isNumber))
    }
}

extension JSONData {
    fileprivate var cell: String { if case .text(let text) = self { text } else { line } }

    fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}
