import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct `A full export` {
    private func export(_ path: String) throws -> [String] {
        var bytes: [UInt8] = []
        try StoreExport(path: path).whole { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func makeStore(_ path: String, from lines: [String], in folder: URL) throws -> NewStore {
        let file = folder.appending(path: "export.ndjson")
        try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: file)
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        return try StoreImport(to: path).run(from: handle)
    }

    private func cursors(_ path: String) async throws -> [Offset] { try await StoreLog(path: path).cursors() }

    @Test func `makes the same store again, under a new epoch`() async throws {
        try await withStoreOfMoves { path, folder in
            let copy = folder.appending(path: "copy.sqlite").path
            let imported = try makeStore(copy, from: export(path), in: folder)
            let verification = StoreVerification(path: copy)
            #expect(try verification.run() == imported.head)
            #expect(try StoreVerification(path: path).run() == imported.head && imported.head.position == 60)
            #expect(try content(of: copy) == content(of: path))
            #expect(try StoreVerification(path: path).epoch() == imported.previousEpoch)
            #expect(try verification.epoch() == imported.epoch && imported.epoch != imported.previousEpoch)
            // The relay goes on where it was, and never beyond the log.
            let (old, new) = (try await cursors(path), try await cursors(copy))
            let heads = try await StoreLog(path: copy).heads()
            #expect(old[0] == 2 && old[5] == 99 && new == zip(old, heads).map { min($0, $1) })
            // It is a store like any other.
            try await appendMoves(SQLiteEventStore(path: copy), 60..<70)
            #expect(try verification.run(from: imported.head).position == 70)
            #expect(try export(copy).count == 72)
        }
    }

    @Test func `of a store without events makes one`() async throws {
        try await withTemporaryFolder { folder in
            let (path, copy) = (folder.appending(path: "a.sqlite").path, folder.appending(path: "b.sqlite").path)
            _ = try SQLiteEventStore(path: path, partitionCount: 3)
            let lines = try export(path)
            #expect(lines.count == 2)
            #expect(try makeStore(copy, from: lines, in: folder).head == NotedHead(position: 0, hash: .genesis))
            #expect(try SQLiteEventStore(path: copy, partitionCount: 3).partitionCount == 3)
        }
    }

    /// What is done to the lines of an export, of which the header is the first, and at which position that is noticed.
    private static let changes: [(String, @Sendable (inout [String]) -> Void, Int64)] = [
        ("a changed type", { $0[7] = $0[7].replacing(#""type":""#, with: #""type":"x"#) }, 7),
        ("changed data", { $0[8] = $0[8].replacing(#""data_base64":"e"#, with: #""data_base64":"f"#) }, 8),
        ("changed metadata", { $0[9] = $0[9].replacing(#""metadata":"e"#, with: #""metadata":"f"#) }, 9),
        ("a changed time", { $0[60] = $0[60].replacing(#""time":"2"#, with: #""time":"1"#) }, 60),
        ("another place in the log", { $0[2] = $0[2].replacing(#"offset\":"#, with: #"offset\":1"#) }, 2),
        ("another partition", { $0[2] = $0[2].replacing(#"partition\":"#, with: #"partition\":1"#) }, 2),
        ("a missing hash", { $0[5] = $0[5].replacing(#""hash":"#, with: #""hush":"#) }, 5),
        ("tags", { $0[5] = $0[5].replacing(#""hash":"#, with: #""tags":"AA==","hash":"#) }, 5),
        ("a missing line", { $0.remove(at: 30) }, 30),
        ("a missing first line", { $0.remove(at: 1) }, 1),
        ("two lines that have changed places", { $0.swapAt(11, 12) }, 11),
        ("a line that comes twice", { $0.insert($0[20], at: 21) }, 21),
        ("half a line", { $0[40] = String($0[40].prefix(100)) }, 40),
    ]

    @Test func `is refused where something of it was changed, and nothing is left`() async throws {
        try await withStoreOfMoves { path, folder in
            let lines = try export(path)
            for (name, change, position) in Self.changes {
                var changed = lines
                change(&changed)
                #expect(changed != lines, "\(name)")
                let found = #expect(throws: StoreDamage.self, "\(name)") {
                    try makeStore(folder.appending(path: "copy.sqlite").path, from: changed, in: folder)
                }
                #expect(found?.position.rawValue == position, "\(name): \(String(describing: found))")
                #expect(try remains(of: "copy", in: folder).isEmpty)
            }
        }
    }

    @Test func `is refused when it breaks off, goes on, or is none`() async throws {
        try await withStoreOfMoves { path, folder in
            let lines = try export(path)
            let wrong: [[String]] = [
                Array(lines.dropLast()), Array(lines.prefix(31)), lines + [lines[60]], Array(lines.dropFirst()), [],
                [lines[0].replacing(#""version":2"#, with: #""version":3"#)] + lines.dropFirst(),
                // Fewer cursors than partitions, and more.
                [lines[0].replacing(#""cursors":[2,"#, with: #""cursors":["#)] + lines.dropFirst(),
                [lines[0].replacing(#""cursors":["#, with: #""cursors":[2,"#)] + lines.dropFirst(),
                // A tail that was cut by somebody who left the last line.
                Array(lines.prefix(51)) + lines.suffix(1),
            ]
            for changed in wrong {
                #expect(changed != lines)
                #expect(throws: StoreError.self) {
                    try makeStore(folder.appending(path: "copy.sqlite").path, from: changed, in: folder)
                }
                #expect(try remains(of: "copy", in: folder).isEmpty)
            }
        }
    }

    @Test func `takes the place of a store without events, and of nothing else`() async throws {
        try await withStoreOfMoves { path, folder in
            let lines = try export(path)
            let before = try content(of: path)
            #expect(throws: StoreError.self) { try makeStore(path, from: lines, in: folder) }
            #expect(try content(of: path) == before)
            let other = folder.appending(path: "other.sqlite").path
            try await DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
            #expect(throws: StoreError.self) { try makeStore(other, from: lines, in: folder) }
            let empty = folder.appending(path: "empty.sqlite").path
            var store: SQLiteEventStore? = try SQLiteEventStore(path: empty)
            #expect(try await store?.head() == 0)
            let error = #expect(throws: StoreError.self) { try makeStore(empty, from: lines, in: folder) }
            #expect(error?.description.contains("is in use by") == true)
            store = nil
            let imported = try makeStore(empty, from: lines, in: folder)
            #expect(try StoreVerification(path: empty).run() == imported.head && imported.head.position == 60)
        }
    }

    /// SQLite would play the old log into the new file, which has pages of the same numbers.
    @Test func `leaves nothing of the store without events whose place it takes`() async throws {
        try await withStoreOfMoves { path, folder in
            func file(_ name: String) -> String { folder.appending(path: name).path }
            let lines = try export(path)
            var store: SQLiteEventStore? = try SQLiteEventStore(path: file("empty.sqlite"))
            #expect(try await store?.head() == 0)
            // As it is left by a process that was killed.
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: file("empty.sqlite" + suffix), toPath: file("left.sqlite" + suffix))
            }
            store = nil
            #expect(try !Data(contentsOf: URL(filePath: file("left.sqlite-wal"))).isEmpty)
            let imported = try makeStore(file("left.sqlite"), from: lines, in: folder)
            #expect(try remains(of: "left.sqlite", in: folder) == ["left.sqlite"])
            #expect(try StoreVerification(path: file("left.sqlite")).run() == imported.head)
            #expect(imported.head.position == 60)
        }
    }

    @Test func `is not made of a store that is not as it was written`() async throws {
        try await withStoreOfMoves { path, _ in
            try tamper(path, "UPDATE events SET data = x'7b7d' WHERE position = 33")
            let found = #expect(throws: StoreDamage.self) { try export(path) }
            #expect(found?.position == 33)
        }
    }
}

@Suite struct `An export for reading` {
    private struct Said: Decodable, Equatable { let text: String? }

    private struct Line: Decodable {
        let specversion: String
        let id: String
        let source: String
        let type: String
        let subject: String
        let time: Timestamp
        let datacontenttype: String
        let position: String
        let streamversion: String
        let schemaversion: String
        let recordedtime: Timestamp
        let correlationid: String?
        let causationid: String?
        let actor: String?
        let traceparent: String?
        let compensates: String?
        let custom: String?
        let data: Said?
        let bytes: String?

        enum CodingKeys: String, CodingKey {
            case specversion, id, source, type, subject, time, datacontenttype, position, streamversion, schemaversion
            case recordedtime, correlationid, causationid, actor, traceparent, compensates, custom
            case bytes = "data_base64"
            case data
        }
    }

    private func lines(_ path: String, _ filter: ExportFilter = ExportFilter()) throws -> [Line] {
        var bytes: [UInt8] = []
        try StoreExport(path: path, source: "users").events(filter) { bytes += $0 }
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    private func store(_ path: String, _ data: [String]) async throws -> SQLiteEventStore {
        let store = try SQLiteEventStore(path: path)
        let events = try data.map {
            NewEvent(
                id: .new(), type: "said", schemaVersion: 2, occurredAt: .now(), data: Array($0.utf8),
                metadata: try EventMetadata(correlationID: "\"c\"", actor: "ada").encoded())
        }
        _ = try await store.append(AppendRequest(stream: try StreamName("user-1"), expected: .any, events: events))
        return store
    }

    @Test func `has a CloudEvent on each line, while the writer has the store`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let store = try await store(path, [#"{"text":"é/\n"}"#])
            let line = try #require(try lines(path).first)
            let stored = try #require(try await store.read(after: .zero, limit: 1).first)
            #expect(line.specversion == "1.0" && line.datacontenttype == "application/json" && line.source == "users")
            #expect(line.id == stored.id.description && line.type == "said" && line.subject == "user-1")
            #expect(line.time == stored.occurredAt && line.recordedtime == stored.recordedAt)
            #expect(line.position == "1" && line.streamversion == "1" && line.schemaversion == "2")
            #expect(line.correlationid == "\"c\"" && line.causationid == nil && line.actor == "ada")
            #expect(line.data == Said(text: "é/\n") && line.bytes == nil)
        }
    }

    @Test func `says all of the metadata, and only what there is`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let metadata = [
                EventMetadata(
                    correlationID: "c", traceparent: "t", compensates: "e", custom: ["te\u{301}": "\u{0} \u{200d}"]),
                EventMetadata(correlationID: "c"),
            ]
            let events = try metadata.map {
                NewEvent(
                    id: .new(), type: "said", schemaVersion: 1, occurredAt: .now(), data: Array("{}".utf8),
                    metadata: try $0.encoded())
            }
            let store = try SQLiteEventStore(path: path)
            _ = try await store.append(AppendRequest(stream: try StreamName("user-1"), expected: .any, events: events))
            let found = try lines(path)
            #expect(found.map(\.traceparent) == ["t", nil] && found.map(\.compensates) == ["e", nil])
            let custom = try JSON.encode(metadata[0].custom)
            #expect(found.map { $0.custom.map { Array($0.utf8) } } == [custom, nil])
        }
    }

    @Test func `keeps data that would not fit on a line`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let data = ["{\n}", "no JSON", "", "{\"a\":\"b\"}"]
            _ = try await store(path, data)
            let found = try lines(path)
            let kept: [String?] = data.prefix(3).map { Data($0.utf8).base64EncodedString() } + [nil]
            #expect(found.map(\.bytes) == kept)
            #expect(found.map { $0.data != nil } == [false, false, false, true])
        }
    }

    @Test func `has the events that are asked for, in order`() async throws {
        try await withStoreOfMoves { path, _ in
            let all = try lines(path)
            #expect(all.map(\.position) == (1...60).map { "\($0)" })
            func expect(_ filter: ExportFilter, _ isWanted: (Line) -> Bool) throws {
                let found = try lines(path, filter).map(\.id)
                #expect(found == all.filter(isWanted).map(\.id) && (1..<60).contains(found.count))
            }
            try expect(ExportFilter(stream: "user-3")) { $0.subject == "user-3" }
            try expect(ExportFilter(category: "account")) { $0.subject.hasPrefix("account-") }
            try expect(ExportFilter(type: "stayed")) { $0.type == "stayed" }
            try expect(ExportFilter(category: "user", type: "stayed")) {
                $0.type == "stayed" && $0.subject.hasPrefix("user-")
            }
            let (first, last) = (all[20].recordedtime, all[40].recordedtime)
            try expect(ExportFilter(since: first)) { $0.recordedtime >= first }
            try expect(ExportFilter(until: last)) { $0.recordedtime < last }
            try expect(ExportFilter(since: first, until: last)) { $0.recordedtime >= first && $0.recordedtime < last }
            #expect(try lines(path, ExportFilter(stream: "user-x")).isEmpty)
            #expect(try lines(path, ExportFilter(category: "use")).isEmpty)
        }
    }
}
