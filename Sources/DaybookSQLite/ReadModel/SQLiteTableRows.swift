import Daybook

/// The rows of a generation's file.
struct SQLiteTableRows: TableRows {
    private let rows: GenerationRows

    init(_ rows: GenerationRows) { self.rows = rows }

    func tables() async throws -> [TableDescription] {
        try await rows.tables().map { TableDescription(name: $0.name, columns: $0.columns) }
    }

    func withPages(of table: TableDescription, _ body: (_ rows: [[UInt8]]) async throws -> Void) async throws {
        guard let known = try await rows.tables().first(where: { $0.name == table.name }) else { return }
        var page = try await rows.page(of: known)
        while !page.rows.isEmpty {
            try await body(page.rows)
            guard let next = page.next else { return }
            page = try await rows.page(of: known, after: next)
        }
    }

    func events() async throws -> (posted: Int64, parked: Int) { try await rows.events() }
}
