import Foundation

/// The rates as one self-contained SVG picture, for light and dark pages.
///
/// The scale is logarithmic: rates lie between a fifth and ten times their yardsticks.
enum Picture {
    private static let width = 800.0
    private static let left = 130.0
    private static let right = 560.0
    private static let rowHeight = 34.0
    private static let top = 46.0

    static func svg(_ figures: [Figures]) -> String {
        let rows = figures.filter { !$0.line.isLatency && $0.ratio != nil && $0.line.must != nil }
        let ratios = rows.flatMap { [$0.ratio, $0.line.must, $0.line.goal].compactMap(\.self) }
        let scale = Scale(
            from: min(0.1, (ratios.min() ?? 1) / 1.2), to: max(10, (ratios.max() ?? 1) * 1.2), left: left, right: right)
        let bottom = top + rowHeight * Double(rows.count)
        var parts = [head(height: bottom + 34), axis(scale, bottom: bottom)]
        for (index, row) in rows.enumerated() {
            parts.append(bar(row, scale, y: top + rowHeight * Double(index)))
        }
        parts.append(line("yardstick", x: scale.x(1), from: top - 8, to: bottom))
        parts.append("</svg>\n")
        return parts.joined(separator: "\n")
    }

    private struct Scale {
        let from: Double
        let to: Double
        let left: Double
        let right: Double

        func x(_ ratio: Double) -> Double { left + (right - left) * log(ratio / from) / log(to / from) }
    }

    private static func head(height: Double) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(width)) \(number(height))" \
        width="\(number(width))" height="\(number(height))" role="img" \
        aria-label="Rates of Daybook over those of plain C programs">
        <style>
          text { font: 13px sans-serif; fill: #424a53; }
          .small { font-size: 11px; fill: #6e7781; }
          .bar { fill: #54a3c7; }
          .missed { fill: #d29a4c; }
          .grid { stroke: #8b949e; stroke-opacity: 0.25; }
          .yardstick { stroke: #6e7781; stroke-width: 2; }
          .must { stroke: #424a53; stroke-width: 2; }
          .goal { stroke: #424a53; stroke-width: 2; stroke-dasharray: 2 2; }
          @media (prefers-color-scheme: dark) {
            text { fill: #c9d1d9; }
            .small { fill: #8b949e; }
            .must, .goal { stroke: #c9d1d9; }
          }
        </style>
        <text x="\(number(left))" y="18">Daybook ÷ the same work in plain C (logarithmic)</text>
        <text class="small" x="\(number(right + 12))" y="18">solid tick: must, dotted tick: goal</text>
        """
    }

    private static func axis(_ scale: Scale, bottom: Double) -> String {
        [0.1, 0.2, 0.5, 1, 2, 5, 10].map { ratio in
            let label =
                "<text class=\"small\" text-anchor=\"middle\" x=\"\(number(scale.x(ratio)))\" "
                + "y=\"\(number(bottom + 18))\">\(String(format: "%g", ratio))</text>"
            return line("grid", x: scale.x(ratio), from: top - 8, to: bottom) + "\n" + label
        }.joined(separator: "\n")
    }

    private static func bar(_ row: Figures, _ scale: Scale, y: Double) -> String {
        let ratio = row.ratio ?? scale.from
        let style = row.isMet == true ? "bar" : "bar missed"
        let middle = number(y + rowHeight / 2 + 1)
        var parts = [
            "<text text-anchor=\"end\" x=\"\(number(left - 10))\" y=\"\(middle)\">\(row.line.name)</text>",
            "<rect class=\"\(style)\" x=\"\(number(left))\" y=\"\(number(y + 4))\" rx=\"2\" "
                + "width=\"\(number(max(1, scale.x(ratio) - left)))\" height=\"\(number(rowHeight - 14))\"/>",
        ]
        for (style, ratio) in [("must", row.line.must), ("goal", row.line.goal)] {
            if let ratio { parts.append(line(style, x: scale.x(ratio), from: y, to: y + rowHeight - 6)) }
        }
        let figure = "\(Text.ratio(ratio)) ×, \(Text.figure(Figures.median(row.ours))) \(row.line.unit.rawValue)"
        parts.append("<text x=\"\(number(right + 12))\" y=\"\(middle)\">\(figure)</text>")
        return parts.joined(separator: "\n")
    }

    private static func line(_ style: String, x: Double, from: Double, to: Double) -> String {
        "<line class=\"\(style)\" x1=\"\(number(x))\" x2=\"\(number(x))\" y1=\"\(number(from))\" y2=\"\(number(to))\"/>"
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
