import Daybook
import GRDB

extension GenerationRecord {
    static let table = """
        CREATE TABLE IF NOT EXISTS generation(
            role TEXT NOT NULL, is_held INTEGER NOT NULL, requires_equal INTEGER NOT NULL, refusal TEXT
        );
        CREATE TABLE IF NOT EXISTS tolerated_failures(is_tolerated INTEGER NOT NULL);
        """

    static func read(in db: Database) throws -> GenerationRecord? {
        guard let row = try Row.fetchOne(db, sql: "SELECT role, is_held, requires_equal, refusal FROM generation"),
            let role = GenerationRole(rawValue: row[0])
        else { return nil }
        var record = GenerationRecord(role: role, isHeld: row[1], requiresEqual: row[2])
        record.refusal = row[3]
        // A file of an earlier version of this code does not have the table.
        if try db.tableExists("tolerated_failures") {
            record.toleratesFailures =
                try Bool.fetchOne(db, sql: "SELECT is_tolerated FROM tolerated_failures") ?? false
        }
        return record
    }

    func write(in db: Database) throws {
        try db.execute(sql: "DELETE FROM generation")
        try db.execute(
            sql: "INSERT INTO generation VALUES(?, ?, ?, ?)",
            arguments: [role.rawValue, isHeld, requiresEqual, refusal])
        try db.execute(sql: "DELETE FROM tolerated_failures")
        try db.execute(sql: "INSERT INTO tolerated_failures VALUES(?)", arguments: [toleratesFailures])
    }
}
