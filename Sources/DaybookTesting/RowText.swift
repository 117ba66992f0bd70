import DaybookSQLite
import Foundation
import GRDB

/// Rows as text, so that they can be compared and shown.
enum RowText {
    /// The rows of every table of a projection, sorted, by the table's name.
    static func tables(in db: Database) throws -> [String: [String]] {
        let names = try db.projectionTables()
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try lines(of: $0, in: db)) })
    }

    /// The rows of a table, sorted.
    ///
    /// - Parameter columns: Which columns count; all of them unless it is said.
    static func lines(of table: String, columns: [String]? = nil, in db: Database) throws -> [String] {
        let list = columns?.map(\.quotedDatabaseIdentifier).joined(separator: ", ") ?? "*"
        let sql = "SELECT \(list) FROM \(table.quotedDatabaseIdentifier)"
        return try Row.fetchAll(db, sql: sql).map { line($0) }.sorted()
    }

    /// A row: `user_id="ada" version=1`.
    static func line(_ cells: some Sequence<(String, DatabaseValue)>) -> String {
        cells.map { "\($0.0)=\(text($0.1))" }.joined(separator: " ")
    }

    private static func text(_ value: DatabaseValue) -> String {
        guard case .blob(let data) = value.storage else { return value.description }
        let digits = data.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return "x'\(digits.joined())'"
    }

    /// The rows that the others do not have, or not as often.
    static func missing(_ rows: [String], in others: [String]) -> [String] {
        var counts = Dictionary(others.map { ($0, 1) }, uniquingKeysWith: +)
        return rows.filter { row in
            guard let count = counts[row], count > 0 else { return true }
            counts[row] = count - 1
            return false
        }
    }
}
