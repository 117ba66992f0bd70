/// Prints rows in aligned columns. Rows may come in batches: a column widens where a later one needs it.
struct Table {
    /// What a column is called, and to which side its cells go.
    struct Column {
        let title: String
        var isNumber = false
    }

    private let columns: [Column]
    private var widths: [Int]
    private var hasHeader = false

    init(_ columns: [Column]) {
        self.columns = columns
        widths = columns.map(\.title.count)
    }

    /// Prints the rows, before the first of them the header.
    ///
    /// - Throws: `OutputError`.
    mutating func print(_ rows: [[String]]) throws {
        let rows = rows.map { $0.map(printable) }
        for row in rows {
            widths = zip(widths, row).map { max($0, $1.count) }
        }
        if !hasHeader {
            let header = line(columns.map(\.title))
            try Terminal.print(Terminal.isInteractive ? "\u{1B}[1m\(header)\u{1B}[0m" : header)
            hasHeader = true
        }
        for row in rows { try Terminal.print(line(row)) }
    }

    private func line(_ cells: [String]) -> String {
        let padded = zip(zip(columns, widths), cells).map { layout, cell in
            let space = String(repeating: " ", count: max(0, layout.1 - cell.count))
            return layout.0.isNumber ? space + cell : cell + space
        }
        var text = padded.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        guard let width = Terminal.width, text.count > width else { return text }
        return text.prefix(max(0, width - 1)) + "…"
    }
}
