public import Daybook
import Foundation
import GRDB

/// The streams and commands at which the code of this version ends the process, and the notes by which they are found.
///
/// A stream in quarantine is neither read nor written by a domain's code; a command in quarantine is refused on its
/// stream. What is in it is decided when a writer starts, by trying alone what the process before it was at when it
/// ended. Another version of the program forgets the commands, and tries the streams: so many at each start, and those
/// that it has not tried stay in quarantine.
public final class Quarantine: CodeMarks {
    /// Something in quarantine.
    public struct Entry: Sendable, Hashable {
        public let stream: StreamName
        /// The command that is refused; `nil` when the stream itself is not read.
        public let command: String?
        /// The signal that ended the process which tried it alone.
        public let signal: Int32
        public let since: Timestamp
    }

    /// What was tried alone, and the signal that ended the process which tried it.
    public struct Conviction: Sendable, Hashable {
        public let work: MarkedWork
        public let signal: Int32

        public init(work: MarkedWork, signal: Int32) {
            self.work = work
            self.signal = signal
        }
    }

    /// The refusals of one stream.
    private struct Refusals {
        var isWhole = false
        /// The hashes of the bodies, by the command.
        var bodies: [String: Set<[UInt8]>] = [:]
    }

    /// A command that was refused with so many bodies is refused with any.
    private static let bodiesOfOneCommand = 3

    private let marks: MarkFile
    private let key: TagKey
    private let refusals: [StreamName: Refusals]
    /// In the order of the streams.
    public let entries: [Entry]
    /// How many streams are in it that only another version of the program was convicted of: the next start tries them.
    public let untried: Int

    /// Opens the quarantine of a store, and begins to note what runs.
    ///
    /// - Parameters:
    ///   - tried: What was tried alone, of what ``suspects(ofStore:program:)`` has named. A stream that another program
    ///     was convicted of leaves the quarantine only if it is among it.
    ///   - convicted: What was found by trying it.
    ///   - program: The identity of the running program.
    ///   - bodyLimit: The longest body of a command, in bytes.
    /// - Throws: ``StoreError`` when the notes cannot be made; `AppendError` when the store takes nothing.
    public init(
        of store: SQLiteEventStore, tried: [MarkedWork] = [], convicted: [Conviction],
        program: @Sendable () throws -> String, bodyLimit: Int
    ) async throws {
        let key = store.tags.key
        self.key = key
        let isEmpty = try await store.readers.read { db in
            try Int.fetchOne(db, sql: "SELECT 1 FROM quarantine LIMIT 1") == nil
        }
        if isEmpty && convicted.isEmpty {
            untried = 0
        } else {
            let program = try program()
            try await store.commits.perform { db in
                try Self.forget(tried, notOf: program, in: db)
                for conviction in convicted { try Self.insert(conviction, program, key, in: db) }
            }
            untried = try await store.readers.read { db in
                let sql = "SELECT COUNT(*) FROM quarantine WHERE program <> ?"
                return try Int.fetchOne(db, sql: sql, arguments: [program]) ?? 0
            }
        }
        (entries, refusals) = try await store.readers.read { try Self.load(in: $0) }
        // What was left is decided on: only now may it be overwritten.
        marks = try MarkFile(Self.marksPath(store.path), bodyLimit: bodyLimit)
    }

    private static func marksPath(_ store: String) -> String { "\(store).running" }

    public func begin(_ work: MarkedWork) throws -> CodeMark {
        if !refusals.isEmpty { try refuse(work) }
        return CodeMark(place: try marks.note(work), earlier: work.beginNote())
    }

    public func end(_ mark: CodeMark) {
        EndingSignals.end(mark.earlier)
        marks.wipe(mark.place)
    }

    private func refuse(_ work: MarkedWork) throws {
        guard let refused = refusals[work.stream] else { return }
        if refused.isWhole { throw Quarantined(stream: work.stream) }
        guard case .new(let stream, let command) = work, let bodies = refused.bodies[command.name] else { return }
        if bodies.count >= Self.bodiesOfOneCommand || bodies.contains(key.hash(request: command.body)) {
            throw Quarantined(stream: stream, command: command.name)
        }
    }

    /// Removes what other programs were convicted of: all commands, and the streams that were tried.
    private static func forget(_ tried: [MarkedWork], notOf program: String, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM quarantine WHERE program <> ? AND request_hash <> x''", arguments: [program])
        for work in tried {
            try db.execute(
                sql: "DELETE FROM quarantine WHERE stream = ? AND program <> ?",
                arguments: [work.stream.description, program])
        }
    }

    private static func insert(
        _ conviction: Conviction, _ program: String, _ key: TagKey, in db: Database
    ) throws {
        var name = ""
        var hash: [UInt8] = []
        if case .new(_, let command) = conviction.work {
            name = command.name
            hash = key.hash(request: command.body)
        }
        try db.execute(
            sql: "INSERT OR REPLACE INTO quarantine VALUES(?, ?, ?, ?, ?, ?)",
            arguments: [
                conviction.work.stream.description, name, Data(hash), conviction.signal, program,
                Timestamp.now().microseconds,
            ])
    }

    private static func load(in db: Database) throws -> ([Entry], [StreamName: Refusals]) {
        var entries: [Entry] = []
        var refusals: [StreamName: Refusals] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM quarantine ORDER BY stream, command, since") {
            let stream = StreamName(stored: row["stream"])
            let (command, hash): (String, Data) = (row["command"], row["request_hash"])
            entries.append(
                Entry(
                    stream: stream, command: hash.isEmpty ? nil : command, signal: row["signal"],
                    since: Timestamp(microseconds: row["since"])))
            if hash.isEmpty {
                refusals[stream, default: Refusals()].isWhole = true
            } else {
                refusals[stream, default: Refusals()].bodies[command, default: []].insert(Array(hash))
            }
        }
        return (entries, refusals)
    }

    // MARK: Before a store is opened

    /// So many streams of another program are tried at one start, so that it ends.
    private static let triedAtOnce = 100

    /// What is to be tried alone before a writer opens its store: what the last process was at when it ended, and the
    /// first 100 of the streams that only another program was convicted of.
    ///
    /// - Parameter program: The identity of the running program.
    /// - Throws: `StoreError`, `DatabaseError`, or what reading the notes throws.
    public static func suspects(
        ofStore path: String, program: () throws -> String
    ) throws -> [MarkedWork] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        var suspects = try MarkFile.left(in: marksPath(path))
        let isAny = try StoreFile(path).read { db in
            try db.tableExists("quarantine")
                && Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM quarantine)") ?? false
        }
        if isAny {
            let program = try program()
            let streams = try StoreFile(path).read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT stream FROM quarantine WHERE request_hash = x'' AND program <> ?
                        ORDER BY since, stream LIMIT ?
                        """, arguments: [program, triedAtOnce])
            }
            suspects += streams.map { .stored(StreamName(stored: $0), .zero) }
        }
        return Set(suspects).sorted { $0.stream.description < $1.stream.description }
    }
}
