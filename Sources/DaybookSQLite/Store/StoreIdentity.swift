import Daybook
import GRDB

/// What a store is told when it is made, and never again.
enum StoreIdentity {
    static func establish(in db: Database, partitionCount: Int) throws -> (epoch: Epoch, partitionCount: Int) {
        guard (1...100).contains(partitionCount) else {
            throw StoreError("a log has 1 to 100 partitions, not \(partitionCount)")
        }
        let epoch = try value("epoch", default: Epoch.new().description, in: db)
        let partitions = try value("partitions", default: String(partitionCount), in: db)
        guard let epoch = Epoch(epoch), let stored = Int(partitions) else {
            throw StoreError("the store's identity is damaged: epoch \(epoch), partitions \(partitions)")
        }
        guard stored == partitionCount else {
            throw StoreError(
                "the store was made with \(stored) partitions and the configuration says \(partitionCount): "
                    + "the number is fixed for the life of a store")
        }
        return (epoch, stored)
    }

    /// How many partitions the log of an existing store has.
    static func partitionCount(in db: Database) throws -> Int {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'partitions'")
        guard let count = text.flatMap({ Int($0) }), (1...100).contains(count) else {
            throw StoreError("the store's identity is damaged")
        }
        return count
    }

    private static func value(_ key: String, default value: String, in db: Database) throws -> String {
        try db.execute(sql: "INSERT INTO store VALUES(?, ?) ON CONFLICT DO NOTHING", arguments: [key, value])
        return try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [key]) ?? value
    }
}
