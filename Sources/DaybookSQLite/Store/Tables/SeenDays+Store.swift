import Daybook
import GRDB

extension SeenDays {
    /// Reads the days that a store has seen.
    ///
    /// - Throws: ``StoreError`` when they are damaged.
    init(in db: Database) throws {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'days-seen'") ?? ""
        guard let days = SeenDays(text) else {
            throw StoreError("the days that the store has seen are damaged: \(text)")
        }
        self = days
    }

    func write(in db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO store VALUES('days-seen', ?)", arguments: [description])
    }
}
