/// The tables of a projection in memory, as a plain value: rows by their keys.
public struct InMemoryTables: Sendable, Equatable {
    /// A row: JSON values by the names of their columns. A column that is missing is null.
    public typealias Row = [String: JSONData]

    /// The tables that there are.
    public let descriptions: [TableDescription]
    private var rows: [String: [String: Row]] = [:]

    init(_ descriptions: [TableDescription]) {
        self.descriptions = descriptions.sorted { $0.name < $1.name }
        for table in descriptions { rows[table.name] = [:] }
    }

    /// The row of a key; `nil` when there is none.
    public func row(_ key: String, in table: String) -> Row? { rows[table]?[key] }

    /// The rows of a table in the order of their keys.
    public func rows(in table: String) -> [Row] {
        (rows[table] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    /// Puts a row in the place of the one of that key, or removes it.
    ///
    /// - Parameter row: `nil` for no row.
    /// - Throws: ``StoreError`` when there is no such table, or it has no such column.
    public mutating func set(_ row: Row?, at key: String, in table: String) throws {
        guard let description = descriptions.first(where: { $0.name == table }) else {
            throw StoreError("there is no table \(table)")
        }
        if let column = row?.keys.first(where: { !description.columns.contains($0) }) {
            throw StoreError("the table \(table) has no column \(column)")
        }
        rows[table]?[key] = row
    }

    /// `true` when any table has a row.
    var haveRows: Bool { rows.values.contains { !$0.isEmpty } }

    /// Bytes of the rows as JSON.
    var bytes: Int64 {
        descriptions.reduce(0) { sum, table in sum + lines(of: table).reduce(0) { $0 + Int64($1.count) } }
    }

    /// A JSON object for each row of a table, in the order of their keys, with its members in the order of the columns.
    func lines(of table: TableDescription) -> [[UInt8]] {
        rows(in: table.name).map { row in
            var bytes = [UInt8(ascii: "{")]
            for column in table.columns {
                if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
                bytes += JSONData.text(column).bytes + [UInt8(ascii: ":")] + (row[column] ?? .null).bytes
            }
            bytes.append(UInt8(ascii: "}"))
            return bytes
        }
    }

    // MARK: Comparing

    /// The tables that are not equal to those of another generation of the same version.
    func differences(to other: InMemoryTables) -> [TableDifference] {
        descriptions.compactMap { table in
            // Equal rows are counted: the one may have a row twice.
            var surplus: [String: Int] = [:]
            for row in texts(of: table) { surplus[row, default: 0] += 1 }
            for row in other.texts(of: table) { surplus[row, default: 0] -= 1 }
            var difference = TableDifference(table: table.name)
            for (row, count) in surplus.sorted(by: { $0.key < $1.key }) where count != 0 {
                let text = abs(count) == 1 ? row : "\(row) (\(abs(count)) times)"
                if count > 0 {
                    difference.onlyInFirst += count
                    if difference.first.count < TableDifference.shownRows { difference.first.append(text) }
                } else {
                    difference.onlyInSecond -= count
                    if difference.second.count < TableDifference.shownRows { difference.second.append(text) }
                }
            }
            return difference.onlyInFirst + difference.onlyInSecond == 0 ? nil : difference
        }
    }

    private func texts(of table: TableDescription) -> [String] {
        rows(in: table.name).map { row in
            table.columns.map { "\($0)=\((row[$0] ?? .null).line)" }.joined(separator: " ")
        }
    }
}
