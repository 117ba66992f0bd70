public import Daybook
public import Foundation
import GRDB

/// What a store that was made from another one is.
public struct NewStore: Sendable, Hashable {
    /// The identity of its log, which no log had before.
    public let epoch: Epoch
    /// The epoch of the log that it was made from.
    public let previousEpoch: Epoch
    public let head: NotedHead
}

/// Makes a store from a full export, see ``StoreExport/whole(write:)``.
///
/// Ids, versions, positions, offsets and the chain stay as they were; each link is computed anew and must be the one that
/// was exported. The epoch is a new one. The relay goes on where that of the old store was. Answers to idempotency keys
/// and snapshots are not in an export.
public struct StoreImport: Sendable {
    private let path: String
    private let check: CodeCheck?
    /// Events in one transaction.
    private static let batch = 5000

    /// - Parameters:
    ///   - path: The file to make. There may be a store without events in its place.
    ///   - check: What the code must do with the store before it takes its name.
    public init(to path: String, check: CodeCheck? = nil) {
        self.path = path
        self.check = check
    }

    /// Reads the export and makes the store. What fails leaves everything as it was.
    ///
    /// - Parameters:
    ///   - input: The export, read to its end.
    ///   - progress: Called now and then with how far it is, and how far it goes.
    ///   - checking: Called likewise while the code is checked.
    /// - Throws: ``StoreDamage`` at the first event that is not as it was exported; ``CodeRefusal`` at the first that the
    ///   code cannot fold; `StoreError` when another process has the store, there are events in it, or the export is
    ///   none, or breaks off; `DatabaseError`.
    public func run(
        from input: FileHandle, progress: (Position, Position) throws -> Void = { _, _ in },
        checking: (Position, Position) throws -> Void = { _, _ in }
    ) throws -> NewStore {
        let lock = try FileLock(besides: path, as: "an import")
        defer { withExtendedLifetime(lock) {} }
        try refuseEvents()
        var lines = LineReader(input)
        let header = try Self.header(lines.next())
        return try UnfinishedFile.make(path, replacing: true) { unfinished in
            try naming(path) {
                let database = try Self.create(unfinished)
                try Schema.migrator.migrate(database)
                let store = try database.inDatabase { db in
                    let store = try Self.fill(db, header, &lines, progress)
                    try check?.run(in: db, progress: checking)
                    return store
                }
                try database.close()
                return store
            }
        }
    }

    private func refuseEvents() throws {
        guard FileManager.default.fileExists(atPath: path) else { return try UnfinishedFile.refuseExisting(path) }
        let isEmpty = try StoreFile(path).read { try StoreFile.head(in: $0).position == .zero }
        guard isEmpty else { throw StoreError("\(path) has events: an import makes a new store") }
    }

    private static func header(_ line: [UInt8]?) throws -> ExportHeader {
        guard let line, let header = try? JSON.decode(ExportHeader.self, from: line), header.daybook == "export" else {
            throw StoreError("this is no full export of a store: the first line is not its header")
        }
        guard ExportHeader.readable.contains(header.version) else {
            throw StoreError(
                "this is an export of version \(header.version), and this program reads up to version "
                    + "\(ExportHeader.version): update it first")
        }
        guard header.cursors.count == header.partitions, header.chain2From ?? 1 > .zero else {
            throw StoreError("the header of the export is damaged")
        }
        return header
    }

    /// A file that is worth nothing before it is whole needs no journal on the disk.
    private static func create(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.inDatabase { db in
            try FileKind.eventStore.claim(db, path)
            try db.execute(sql: "PRAGMA journal_mode = MEMORY")
            try db.execute(sql: "PRAGMA synchronous = OFF")
        }
        return database
    }

    private static func fill(
        _ db: Database, _ header: ExportHeader, _ lines: inout LineReader,
        _ progress: (Position, Position) throws -> Void
    ) throws -> NewStore {
        let (epoch, partitions) = try StoreIdentity.establish(in: db, partitionCount: header.partitions)
        var cursor = ImportCursor(partitionCount: partitions, chain2From: header.chain2From)
        var footer: ExportFooter?
        while footer == nil {
            try db.inTransaction(.immediate) {
                for _ in 0..<batch where footer == nil {
                    guard let line = try lines.next() else {
                        throw StoreError("the export breaks off after position \(cursor.head.position)")
                    }
                    footer = try cursor.take(line, in: db)
                }
                return .commit
            }
            try progress(cursor.head.position, Position(rawValue: header.events))
        }
        guard try footer == ExportFooter(cursor.head) && lines.next() == nil else {
            throw StoreError("the export does not end at position \(cursor.head.position) as it says")
        }
        try cursor.setRelay(header.cursors, in: db)
        try cursor.setChain(in: db)
        try TagIndex.setComplete(through: cursor.head.position, in: db)
        if let ring = header.keyRing { try StoreIdentity.setKeyRing(ring, in: db) }
        if let count = header.keysMade { try StoreIdentity.setKeysMade(count, in: db) }
        try setForgotten(header, in: db)
        return NewStore(epoch: epoch, previousEpoch: header.epoch, head: cursor.head)
    }

    /// An earlier version's export does not say whose forgetting is finished: doing it again does no harm.
    private static func setForgotten(_ header: ExportHeader, in db: Database) throws {
        let forgotten = header.forgotten ?? []
        let unfinished = Set(header.unfinished ?? forgotten)
        let now = Timestamp.now().microseconds
        for stream in forgotten {
            try db.execute(
                sql: "INSERT INTO forgotten_subjects VALUES(?, ?, ?)",
                arguments: [stream, now, unfinished.contains(stream) ? nil : now])
        }
    }
}
