import GRDB

/// What a generation is to its read model.
public enum GenerationRole: String, Sendable, Codable {
    /// It is being filled from history; nobody reads it.
    case building
    /// Readers are led to it.
    case serving
    /// It has served before, and could again.
    case previous
}

/// What a generation's file says of itself.
public struct GenerationRecord: Sendable, Codable, Equatable {
    public var role: GenerationRole
    /// Whether it waits for a word before it serves, once it is built.
    public var isHeld = false
    /// Whether it shall serve only if it is equal to the one that serves.
    public var requiresEqual = false
    /// Why it does not serve although it is built.
    public var refusal: String?
    /// Whether a build goes on however many events it parks.
    public var toleratesFailures = false

    public init(role: GenerationRole, isHeld: Bool = false, requiresEqual: Bool = false) {
        self.role = role
        self.isHeld = isHeld
        self.requiresEqual = requiresEqual
    }

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
