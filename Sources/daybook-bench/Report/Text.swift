import Foundation

/// Figures as people read them.
enum Text {
    /// `12,345`; `12.3` for small ones.
    static func figure(_ value: Double?) -> String {
        guard let value else { return "–" }
        guard abs(value) >= 1000 else { return String(format: abs(value) >= 100 ? "%.0f" : "%.2f", value) }
        let digits = String(Int(value.rounded()))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    static func ratio(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "–" }

    /// The median and the spread around it.
    static func spread(_ values: [Double]) -> String {
        guard let least = values.min(), let most = values.max() else { return "–" }
        return "\(figure(Figures.median(values))) [\(figure(least))–\(figure(most))]"
    }

    /// Rows under a header, in aligned columns: the first to the left, the others to the right.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.compactMap { $0[safely: column]?.count }.max() ?? 0 }
        return rows.map { row -> String in
            let cells = zip(row, widths).enumerated().map { column, cell -> String in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
