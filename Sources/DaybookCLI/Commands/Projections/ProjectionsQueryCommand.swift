import ArgumentParser
import Daybook

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

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        let worker = try await projection.worker(daemons, session)
        let call = Call(path: path, accept: "application/x-ndjson")
        var printer = RowPrinter(isJSON: global.json, hasTitles: table == nil)
        var last: RowLine?
        try await session.lines(call, at: worker) { text in
            if text.isEmpty { return }
            let line = try RowLine.read(text, from: worker)
            if let problem = line.problem { throw problem.error }
            if let done = line.done, let total = line.total { try progress(done, total) }
            if let table = line.table, let columns = line.columns { try printer.begin(table, columns) }
            if let row = line.row { try printer.add(row, text) }
            last = line
        }
        try printer.finish()
        guard last?.rows != nil else {
            throw ClientError.unexpectedAnswer(from: worker.title, reason: "it broke off")
        }
        if let parked = last?.parked, parked > 0 {
            Terminal.complain("\(parked) events are parked, and not in these rows")
        }
    }

    private var path: String {
        let parameters = [("at", at), ("offsets", offsets), ("table", table)].compactMap { name, value in
            value.map { "\(name)=\(Call.encoded($0))" }
        }
        let query = parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
        return Call.path("projections", projection.name, "query") + query
    }

    /// Only for people who watch: what is printed elsewhere are rows.
    private func progress(_ done: Int, _ total: Int) throws {
        guard Terminal.isInteractive, !global.json, total > 0 else { return }
        try Terminal.overwrite(
            "\(projection.name)  \(bar(Double(done) / Double(total)))  \(done) of \(total) events",
            isLast: done == total)
    }
}

/// Prints rows as they come: as the lines that they came in, or aligned under the name of their table.
private struct RowPrinter {
    let isJSON: Bool
    let hasTitles: Bool
    private var columns: [String] = []
    private var table: Table?
    /// Rows that are aligned together.
    private var batch: [[JSON]] = []

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

    mutating func add(_ row: [String: JSON], _ line: String) throws {
        if isJSON { return try Terminal.print(line) }
        batch.append(columns.map { row[$0] ?? .null })
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

extension JSON {
    fileprivate var cell: String { if case .text(let text) = self { text } else { line } }

    fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}

/// A line of the answer: how far a build is, what a table has, a row, the end, or what went wrong.
private struct RowLine: Decodable {
    struct Problem: Decodable {
        let status: Int
        let title: String
        let detail: String?
        let code: String?

        var error: ClientError {
            .problem(status: status, detail: printable(detail ?? title), code: code.map { printable($0) })
        }
    }

    let done: Int?
    let total: Int?
    let table: String?
    let columns: [String]?
    let row: [String: JSON]?
    let rows: Int?
    let parked: Int?
    let problem: Problem?
}
