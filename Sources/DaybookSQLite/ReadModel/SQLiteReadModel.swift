public import Daybook
import Foundation
public import GRDB

/// A read model in a SQLite file that carries its own checkpoints, so that it can be copied and goes on from there.
///
/// The file is `g000001.sqlite` in the read model's folder; readers open the link `current.sqlite`.
public final class SQLiteReadModel<Projection: SQLiteProjection>: ReadModel {
    private let projection: Projection
    private let pool: DatabasePool
    private let checkpoints: BackgroundCheckpoints

    /// Opens the read model in `folder`, or makes it.
    ///
    /// - Throws: ``StoreError`` when it is of another projection or version.
    public init(folder: String, projection: Projection) throws {
        self.projection = projection
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "g000001.sqlite"
        checkpoints = BackgroundCheckpoints(path: "\(folder)/\(file)")
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        pool = try DatabasePool(path: "\(folder)/\(file)", configuration: configuration)
        // GRDB chooses NORMAL for WAL when it opens the writer; a commit must be on the disk before it is acknowledged.
        try pool.writeWithoutTransaction { [checkpoints] db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            checkpoints.attach(to: db)
        }
        try pool.write { db in
            try FileKind.readModel.claim(db, "\(folder)/\(file)")
            try Self.establish(in: db)
        }
        try Self.link(file, in: folder)
    }

    private static func establish(in db: Database) throws {
        try db.execute(sql: ReadModelSchema.tables)
        let stored = try Row.fetchOne(db, sql: "SELECT name, version FROM projection")
        if let stored {
            let (name, version): (String, Int) = (stored[0], stored[1])
            guard name == Projection.name, version == Projection.version else {
                throw StoreError(
                    "the read model is of \(name) version \(version), the code is \(Projection.name) version "
                        + "\(Projection.version): give it another folder, or remove the old one")
            }
            return
        }
        try Projection.createTables(in: db)
        try db.execute(
            sql: "INSERT INTO projection VALUES(?, ?)", arguments: [Projection.name, Projection.version])
    }

    /// Switches the link in one step, so that it always leads somewhere.
    private static func link(_ file: String, in folder: String) throws {
        let (link, fresh) = ("\(folder)/current.sqlite", "\(folder)/current.sqlite.new")
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == file { return }
        unlink(fresh)
        guard symlink(file, fresh) == 0, rename(fresh, link) == 0 else {
            throw StoreError("cannot make the link \(link): \(String(cString: strerror(errno)))")
        }
    }

    // MARK: Posting

    public func checkpoints() async throws -> [Lane: Checkpoint] {
        try await pool.read { try ReadModelSchema.checkpoints(in: $0) }
    }

    public func decode(_ entry: LogEntry) throws -> (any Sendable)? {
        guard let tag = Self.tag(of: entry.type) else { return nil }
        do {
            return try TaggedJSON.decode(Projection.Event.self, tag: tag, payload: entry.data)
        } catch DecodingError.typeMismatch(_, let context) where context.codingPath.isEmpty {
            // A type that this projection does not know: published by a newer writer, of no use here.
            return nil
        }
    }

    /// What stands after the namespace in the type of an event that this projection may know.
    private static func tag(of type: String) -> Substring? {
        let (type, namespace) = (type.utf8, Projection.Event.namespace.utf8)
        guard type.starts(with: namespace), let dot = type.dropFirst(namespace.count).first, dot == UInt8(ascii: ".")
        else { return nil }
        return Substring(type.dropFirst(namespace.count + 1))
    }

    public func post(_ postings: [Posting], keeping unreadable: [UnreadableMessage]) async throws {
        // Not GRDB's asynchronous write: that one stops when the task is cancelled, and a graceful stop posts last.
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [projection] db in
                continuation.resume(
                    with: Result {
                        try db.inTransaction(.immediate) {
                            for posting in postings { try Self.post(posting, projection, in: db) }
                            for message in unreadable { try ReadModelSchema.keep(message, in: db) }
                            return .commit
                        }
                    })
            }
        }
    }

    private static func post(_ posting: Posting, _ projection: Projection, in db: Database) throws {
        guard try ReadModelSchema.advance(posting, in: db) else { throw Fenced(lane: posting.lane) }
        for entry in posting.entries {
            guard let event = entry.event as? Projection.Event else { continue }
            try projection.post(event, from: entry.log, in: db)
        }
    }

    // MARK: Reading

    /// Reads rows in one snapshot, beside the worker that posts.
    public func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws -> Value {
        try await pool.read(body)
    }

    /// How many messages are kept because they could not be read.
    public func unreadableCount() async throws -> Int {
        try await pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM unreadable_messages") ?? 0 }
    }
}
