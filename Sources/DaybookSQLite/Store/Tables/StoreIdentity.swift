import Daybook
import Foundation
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

    /// The number of partitions that the log of an existing store has.
    static func partitionCount(in db: Database) throws -> Int {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'partitions'")
        guard let count = text.flatMap({ Int($0) }), (1...100).contains(count) else {
            throw StoreError("the store's identity is damaged")
        }
        return count
    }

    /// The secret of the store's tags: in the key file where there is one, else in the store.
    ///
    /// - Throws: ``StoreError`` when the store has personal data that are sealed, and this is not their key file.
    static func tagKey(_ ring: KeyRing?, in db: Database) throws -> TagKey {
        let sealedBy = try keyRing(in: db)
        let own = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'tag-key'")
            .flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        guard let ring else {
            guard sealedBy == nil else {
                throw StoreError("the store has personal data that are sealed: its key file is needed (keys.path)")
            }
            if let own { return TagKey(bytes: own) }
            let secret = TagKey.random()
            _ = try value("tag-key", default: Data(secret).base64EncodedString(), in: db)
            return TagKey(bytes: secret)
        }
        if sealedBy == nil { try ring.bind(to: epoch(in: db)) }
        guard try value("key-ring", default: ring.id, in: db) == ring.id else {
            throw StoreError("the key file is that of another store")
        }
        guard try ring.count() >= keysMade(in: db) ?? 0 else {
            throw StoreError("the key file is older than the store: it lacks keys of what is stored")
        }
        let secret = try ring.tagSecret(adopting: own)
        try db.execute(sql: "DELETE FROM store WHERE key = 'tag-key'")
        return TagKey(bytes: secret)
    }

    /// The least number of keys that there are.
    static func keysMade(in db: Database) throws -> Int? {
        try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'keys-made'").flatMap { Int($0) }
    }

    /// Notes how many keys there are, so that an older key file is known as such.
    static func setKeysMade(_ count: Int, in db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO store VALUES('keys-made', ?)", arguments: [String(count)])
    }

    /// The key file that the personal data are sealed with, if any.
    static func keyRing(in db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'key-ring'")
    }

    /// Notes which key file the personal data are sealed with.
    static func setKeyRing(_ id: String, in db: Database) throws {
        try db.execute(sql: "INSERT INTO store VALUES('key-ring', ?)", arguments: [id])
    }

    /// The identity of an existing store's log.
    static func epoch(in db: Database) throws -> Epoch {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'epoch'")
        guard let epoch = text.flatMap({ Epoch($0) }) else { throw StoreError("the store's identity is damaged") }
        return epoch
    }

    /// Gives an existing store's log another identity, so that nobody takes it for the one that it was copied from.
    static func renew(in db: Database) throws -> Epoch {
        let epoch = Epoch.new()
        try db.execute(sql: "UPDATE store SET value = ? WHERE key = 'epoch'", arguments: [epoch.description])
        return epoch
    }

    private static func value(_ key: String, default value: String, in db: Database) throws -> String {
        try db.execute(sql: "INSERT INTO store VALUES(?, ?) ON CONFLICT DO NOTHING", arguments: [key, value])
        return try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [key]) ?? value
    }
}
