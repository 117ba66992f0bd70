public import Daybook
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

    /// Keeps other processes from reacting under this name; `nil` when one of them does.
    ///
    /// - Throws: When the folder cannot be made, or written.
    static func claim(_ name: String, in folder: String) throws -> GenerationLock? {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try FileLock.ifFree(besides: path(name, in: folder), as: "a worker").map { GenerationLock($0) }
    }

    /// How much the reaction of this name has set aside, whichever process has it.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when its file cannot be read.
    public static func kept(by name: String, in folder: String) throws -> KeptCounts {
        let path = path(name, in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return KeptCounts() }
        return try DatabaseQueue.existing(path).read { db in
            try db.tableExists("unreadable_messages") ? KeptCounts(in: db) : KeptCounts()
        }
    }

    /// The progress of the reaction of this name, whichever process has it.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when its file cannot be read.
    public static func progress(of name: String, in folder: String) throws -> ReadModelProgress {
        let path = path(name, in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return ReadModelProgress() }
        return try DatabaseQueue.existing(path).read { db in
            try db.tableExists("checkpoints") ? ReadModelProgress(in: db) : ReadModelProgress()
        }
    }
}
