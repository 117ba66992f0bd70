import Daybook
import DaybookAPI

extension TableDifferenceReport {
    /// Reports the difference that a file beside the tool has.
    init(_ difference: TableDifference) {
        self.init(
            table: difference.table, onlyInFirst: difference.onlyInFirst, onlyInSecond: difference.onlyInSecond,
            first: difference.first, second: difference.second)
    }

    /// Prints how the rows that are there differ from those of a replay.
    ///
    /// - Throws: `OutputError`.
    func print() throws {
        try Terminal.print(
            "\(table): \(onlyInFirst) rows that a replay does not give, \(onlyInSecond) that only a replay gives")
        for row in first { try Terminal.print("  - \(printable(row))") }
        for row in second { try Terminal.print("  + \(printable(row))") }
    }
}
