import Daybook
import Foundation
import GRDB

/// The files of a store: its own, and that of its keys, if it has one.
struct SQLiteStoreLocation: StoreLocation {
    let path: String
    /// The file of the keys; `nil` where personal data are stored as they are.
    let keys: String?
    let partitionCount: Int
    /// The program that opens it, for the message that a second process gets.
    let holder: String

    var description: String { path }

    var setting: String { "store.path" }

    var marksPath: String { "\(path).running" }

    func quarantined() async throws -> [QuarantineRecord]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try StoreFile(path).read { db in
            // A store of an earlier version has no such table yet.
            try db.tableExists("quarantine") ? QuarantineTable.records(in: db) : []
        }
    }

    func open() async throws -> any WriterStore {
        let ring = try keys.map { try KeyRing(path: $0, holder: holder) }
        return try SQLiteEventStore(path: path, partitionCount: partitionCount, keys: ring, holder: holder)
    }
}
