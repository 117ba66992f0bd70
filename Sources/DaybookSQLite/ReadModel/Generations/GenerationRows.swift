import Daybook
import Foundation
import GRDB

/// Shows the rows of a generation's tables as JSON, page by page, beside whoever posts to it. Only what its projection
/// has made is shown.
public final class GenerationRows: Sendable {
    /// A table of the projection.
    public struct Table: Sendable {
        public let name: String
        /// The names of its columns, in order.
        public let columns: [String]
        /// By what its rows are in order, as SQL.
        let key: [String]
    }

    /// Some rows of a table.
    public struct Page: Sendable {
        /// A JSON object for each, with its members in the order of the columns.
        public let rows: [[UInt8]]
        /// The place where the next page begins; `nil` after the last one.
        public let next: Place?
    }

    /// Behind a row.
    public struct Place: Sendable {
        let key: [DatabaseValue]
    }

    private let database: DatabaseQueue

    /// Opens the file of a generation, to read.
    ///
    /// - Throws: `DatabaseError`.
    public init(_ path: String) throws {
        database = try DatabaseQueue(path: path, configuration: .readOnly)
    }

    /// The tables, by name.
    ///
    /// - Throws: `DatabaseError`.
    public func tables() async throws -> [Table] {
        try await database.read { db in
            try db.projectionTables().map { name in
                let columns = try db.columns(in: name)
                let key = try db.primaryKey(name)
                let isSure = key.columns.allSatisfy { column in columns.contains { $0.name == column && $0.isNotNull } }
                // A key that may be NULL is no place to go on from.
                let order: [String] =
                    if let column = key.rowIDColumn { [column.quotedDatabaseIdentifier] } else if isSure {
                        key.columns.map(\.quotedDatabaseIdentifier)
                    } else { ["_rowid_"] }
                return Table(name: name, columns: columns.map(\.name), key: order)
            }
        }
    }

    /// Rows of a table in the order of its primary key; where that may be NULL, in the order in which they were made.
    /// What is posted between two pages may be in the second one.
    ///
    /// - Throws: `DatabaseError`.
    public func page(of table: Table, after place: Place? = nil, limit: Int = 500) async throws -> Page {
        let order = table.key.joined(separator: ", ")
        let columns = (table.key + table.columns.map(\.quotedDatabaseIdentifier)).joined(separator: ", ")
        let marks = databaseQuestionMarks(count: table.key.count)
        let beginning = place == nil ? "" : "WHERE (\(order)) > (\(marks))"
        let name = table.name.quotedDatabaseIdentifier
        let key: [DatabaseValue] = place?.key ?? []
        let sql = "SELECT \(columns) FROM \(name) \(beginning) ORDER BY \(order) LIMIT \(limit)"
        return try await database.read { db in
            let found = try Row.fetchAll(db, sql: sql, arguments: StatementArguments(key))
            let values = found.map { Array($0.databaseValues) }
            let rows = values.map { Self.object(table.columns, $0.dropFirst(table.key.count)) }
            let last = values.count == limit ? values.last : nil
            return Page(rows: rows, next: last.map { Place(key: Array($0.prefix(table.key.count))) })
        }
    }

    /// The number of events that were posted to make the rows, and how many are parked and therefore not in them.
    ///
    /// - Throws: `DatabaseError`.
    public func events() async throws -> (posted: Int64, parked: Int) {
        try await database.read { db in
            let posted = try Int64.fetchOne(db, sql: "SELECT SUM(offset) FROM checkpoints") ?? 0
            return (posted, try db.tableExists("parked_events") ? ParkedEvents.count(in: db) : 0)
        }
    }

    private static func object(_ columns: [String], _ values: some Sequence<DatabaseValue>) -> [UInt8] {
        var bytes = [UInt8(ascii: "{")]
        for (column, value) in zip(columns, values) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += JSONData.text(column).bytes + [UInt8(ascii: ":")] + json(value).bytes
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func json(_ value: DatabaseValue) -> JSONData {
        switch value.storage {
        case .null: .null
        case .int64(let number): .number(String(number))
        // JSON has no word for infinity.
        case .double(let number): number.isFinite ? .number(String(number)) : .null
        case .string(let text): .text(text)
        case .blob(let data): .text(data.base64EncodedString())
        }
    }
}
