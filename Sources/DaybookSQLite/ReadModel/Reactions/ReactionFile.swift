import Daybook
import Foundation
import GRDB

/// What can be said of a reaction's file by whoever does not react.
public enum ReactionFile {
    /// The messages that the reaction of this name keeps because they could not be read; `nil` before it has a file.
    public static func keptMessages(of name: String, in folder: String) -> KeptMessages? {
        let path = path(name, in: folder)
        return FileManager.default.fileExists(atPath: path) ? KeptMessages(in: path) : nil
    }

    static func path(_ name: String, in folder: String) -> String { "\(folder)/\(name).sqlite" }

    /// How much the reaction of this name has set aside, whichever process has it.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when its file cannot be read.
    public static func kept(by name: String, in folder: String) throws -> KeptCounts {
        let path = path(name, in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return .nothing }
        return try DatabaseQueue.existing(path).read { db in
            try db.tableExists("unreadable_messages") ? KeptCounts(in: db) : .nothing
        }
    }

    /// How far the reaction of this name is, whichever process has it.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when its file cannot be read.
    public static func progress(of name: String, in folder: String) throws -> FileProgress {
        let path = path(name, in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return .nothing }
        return try DatabaseQueue.existing(path).read { db in
            try db.tableExists("checkpoints") ? FileProgress(in: db) : .nothing
        }
    }
}
