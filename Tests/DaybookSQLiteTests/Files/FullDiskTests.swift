import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private enum NoteEvent: IntegrationEvent {
    case noted
    static let namespace = "note"
}

private struct Notes: SQLiteProjection {
    static let name = "notes"
    static let version = 1
    static func createTables(in db: Database) throws { try db.execute(sql: "CREATE TABLE notes(offset)") }

    func apply(_ event: NoteEvent, from entry: LogEntry, in db: Database) throws {
        try db.execute(sql: "INSERT INTO notes VALUES(?)", arguments: [entry.offset.rawValue])
    }
}

private struct Nothing: Reaction {
    static let name = "nothing"
    func react(to event: NoteEvent, from entry: LogEntry, key: String) async throws {}
}

/// A file that a program of this package writes, besides what it only prints.
private enum WrittenFile: String, Codable, Sendable, CaseIterable {
    case store, keys, running, mark, generation, lastGeneration, reaction, backup, restore, `import`

    /// How many bytes a file may have, so that this one has no room and others that are needed for it have.
    var room: UInt {
        switch self {
        case .backup, .restore, .import: 40_000
        case .generation: 1000
        default: 0
        }
    }

    /// What an error must name.
    var name: String {
        switch self {
        case .generation: "g000007.sqlite"
        case .lastGeneration: "last-generation"
        case .reaction: "nothing"
        default: rawValue
        }
    }

    /// Makes it in a folder, where `moves.sqlite` is a store and `moves.ndjson` its export.
    func make(in folder: String) async throws {
        let path = "\(folder)/\(name)"
        switch self {
        case .store: _ = try SQLiteEventStore(path: path)
        case .keys: _ = try KeyRing(path: path)
        case .running: _ = try MarkFile(path, bodyLimit: 100_000)
        case .mark: _ = try CrashMark(path)
        case .generation:
            try Data("6".utf8).write(to: URL(filePath: "\(folder)/last-generation"))
            fallthrough
        case .lastGeneration: _ = try SQLiteReadModel(folder: folder, projection: Notes())
        case .reaction:
            guard let claim = try SQLiteReactionState<Nothing>.claim(in: folder) else { throw StoreError("claimed") }
            _ = try SQLiteReactionState(folder: folder, reaction: Nothing(), claim: claim)
        case .backup: _ = try StoreBackup(of: "\(folder)/moves.sqlite").write(to: path, verifies: true)
        case .restore: _ = try StoreRestore(to: path).run(from: "\(folder)/moves.sqlite")
        case .import:
            let export = try FileHandle(forReadingFrom: URL(filePath: "\(folder)/moves.ndjson"))
            defer { try? export.close() }
            _ = try StoreImport(to: path).run(from: export)
        }
    }
}

/// A disk without room, for this process alone: a file that would be longer cannot be written (EFBIG).
private enum Room {
    static func limit(to bytes: UInt) throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw POSIXError(.EINVAL) }
        limit.rlim_cur = rlim_t(bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw POSIXError(.EINVAL) }
    }

    static func lift() throws { try limit(to: 1 << 40) }

    static func size(_ path: String) throws -> UInt { try UInt(Data(contentsOf: URL(filePath: path)).count) }
}

/// Appends an event with a text of a size.
private func note(
    _ size: Int, on stream: String, isPersonal: Bool = true, in store: SQLiteEventStore
) async throws {
    let text = String(repeating: "x", count: size)
    let event = NewEvent(
        id: .new(), type: "noted", occurredAt: .now(), data: Array(#"{"text":"\#(text)"}"#.utf8), metadata: [],
        personal: isPersonal ? ["text"] : [])
    _ = try await store.append(AppendRequest(stream: try StreamName(stream), expected: .any, events: [event]))
}

@Suite struct `A disk without room` {
    /// In a process of its own: it ends in no other way than with an error that says of which file, and why.
    @Test(arguments: WrittenFile.allCases)
    fileprivate func `lets no file be made, leaves none that seems whole, and says so`(
        file: WrittenFile
    ) async throws {
        try await withStoreOfMoves { path, folder in
            var lines: [UInt8] = []
            _ = try StoreExport(path: path).whole { lines += $0 }
            try Data(lines).write(to: folder.appending(path: "moves.ndjson"))
            let place = folder.path
            await #expect(processExitsWith: .success) { [file = file as WrittenFile, place = place as String] in
                try Room.limit(to: file.room)
                let error = await #expect(throws: (any Error).self) { try await file.make(in: place) }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.contains(file.name), "\(text)")
                #expect(["disk I/O error", "disk is full", "too large"].contains { text.contains($0) }, "\(text)")
                if [.backup, .restore, .import].contains(file) {
                    #expect(try remains(of: file.name, in: URL(filePath: place)) == [])
                }
                // Nothing stands in its way once there is room.
                try Room.lift()
                try await file.make(in: place)
            }
        }
    }

    @Test func `takes nothing from a store that has answered, and the store goes on once there is room`() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.path
            await #expect(processExitsWith: .success) { [place = place as String] in
                let path = "\(place)/store.sqlite"
                let store = try SQLiteEventStore(path: path, keys: KeyRing(path: "\(place)/keys.sqlite"))
                for _ in 0..<5 { try await note(10, on: "note-1", in: store) }
                try Room.limit(to: Room.size("\(path)-wal"))
                for _ in 0..<3 {
                    let error = await #expect(throws: AppendError.self) {
                        try await note(200_000, on: "note-1", isPersonal: false, in: store)
                    }
                    #expect(error.map { "\($0)" }?.contains(path) == true, "\(String(describing: error))")
                    #expect(store.problem?.contains(path) == true)
                    #expect(try await store.head() == 5)
                }
                // A key has no room: what it would have sealed is not stored.
                try Room.limit(to: 0)
                let error = await #expect(throws: AppendError.self) {
                    try await note(10, on: "note-2", in: store)
                }
                #expect(error.map { "\($0)" }?.contains("keys.sqlite") == true, "\(String(describing: error))")
                try Room.lift()
                try await note(10, on: "note-2", in: store)
                #expect(store.problem == nil)
                #expect(try StoreVerification(path: path).run().position == 6)
                let events = try await store.read(after: .zero, limit: 10)
                let texts = events.map { String(decoding: $0.data, as: UTF8.self) }
                #expect(texts == Array(repeating: #"{"text":"xxxxxxxxxx"}"#, count: 6))
            }
        }
    }

    @Test func `takes nothing from a read model, which posts the same once there is room`() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.path
            await #expect(processExitsWith: .success) { [place = place as String] in
                let model = try SQLiteReadModel(folder: place, projection: Notes())
                let file = "\(place)/g000001.sqlite"
                try Room.limit(to: Room.size("\(file)-wal"))
                let record = GenerationRecord(role: .serving)
                let error = await #expect(throws: DatabaseError.self) {
                    for _ in 0..<1000 { try await model.update { $0 = record } }
                }
                #expect(error.map { "\($0)" }?.contains(file) == true, "\(String(describing: error))")
                try Room.lift()
                try await model.update { $0 = record }
                #expect(try await model.record().role == .serving)
            }
        }
    }

    @Test func `leaves a key as it is or destroyed, and says what is pending`() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.path
            await #expect(processExitsWith: .success) { [place = place as String] in
                let path = "\(place)/keys.sqlite"
                let ring = try KeyRing(path: path)
                let (ada, eve) = (try StreamName("note-ada"), try StreamName("note-eve"))
                _ = try ring.keys(makingThoseOf: [ada, eve])
                try Room.limit(to: 0)
                // It is there for everybody, or it is destroyed.
                let refused = #expect(throws: DatabaseError.self) { try ring.destroy(keyOf: ada) }
                #expect(refused.map { "\($0)" }?.contains(path) == true, "\(String(describing: refused))")
                #expect(try ring.key(of: ada) != nil && !ring.isDestroyed(ada))
                try Room.lift()
                try ring.destroy(keyOf: ada)
                try Room.limit(to: 0)
                let pending = #expect(throws: StoreError.self) { try ring.eraseJournal() }
                #expect(pending?.description.contains("\(path)-journal") == true)
                try Room.lift()
                try ring.eraseJournal()
                #expect(try Room.size("\(path)-journal") == 0)
                #expect(try ring.isDestroyed(ada) && ring.key(of: eve) != nil)
            }
        }
    }
}

/// Names that something else has, so that no file can stand there, whoever the process runs as.
@Suite struct `A place where no file can be` {
    @Test(arguments: WrittenFile.allCases.filter { $0 != .generation })
    fileprivate func `is named, with the reason, and is left as it is`(file: WrittenFile) async throws {
        try await withStoreOfMoves { path, folder in
            var lines: [UInt8] = []
            _ = try StoreExport(path: path).whole { lines += $0 }
            try Data(lines).write(to: folder.appending(path: "moves.ndjson"))
            // A folder in the place of the file.
            let taken = folder.appending(path: file == .reaction ? "nothing.sqlite" : file.name)
            try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: false)
            let error = await #expect(throws: (any Error).self) { try await file.make(in: folder.path) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(file.name), "\(text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: taken.path) == [])
            // A file in the place of the folder.
            let moves = folder.appending(path: "moves.ndjson").path
            guard ![.backup, .restore, .import].contains(file) else { return }
            await #expect(throws: (any Error).self) { try await file.make(in: moves) }
        }
    }

    @Test func `is named where a generation, a link or a mark cannot be made or removed`() async throws {
        try await withTemporaryFolder { place in
            let folder = try ReadModelFolder(place.path)
            let calls: [(name: String, call: () throws -> Void)] = [
                ("g000001.sqlite", { try folder.remove(1) }), ("current.sqlite", { try folder.serve(1) }),
                ("current.sqlite", { try folder.serveNothing() }), ("paused", { try folder.pause.set(true) }),
                ("paused", { try folder.pause.set(false) }),
            ]
            for name in Set(calls.map(\.name)) {
                try FileManager.default.createDirectory(
                    at: place.appending(path: name), withIntermediateDirectories: false)
            }
            for (name, call) in calls {
                let text = #expect(throws: StoreError.self) { try call() }?.description ?? ""
                #expect(text.contains(name) && text.contains("Is a directory"), "\(text)")
            }
        }
    }
}
