import Foundation
import GRDB
import TestSupport
import Testing

/// What `daybook` does with the files of stores. None of it needs a daemon or a broker.
@Suite struct `The tool beside a store's file` {
    private func daybook(_ arguments: String..., expecting status: Int32 = 0) async throws -> String {
        try await shell(Deployment.program("daybook"), arguments, expecting: status)
    }

    /// A store that was written by the first schema of users, and a folder for more.
    private func withStore(_ body: (_ store: String, _ folder: URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = folder.appending(path: "users-first-schema.sqlite")
            try FileManager.default.copyItem(
                at: repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite"), to: store)
            try await body(store.path, folder)
        }
    }

    private func headHash(_ output: String) throws -> Substring {
        let words = output.split(whereSeparator: { " \n\"".contains($0) })
        return try #require(words.first(where: { $0.hasPrefix("21:") }))
    }

    @Test func `exports what was exported ever since`() async throws {
        try await withStore { store, _ in
            let known = repository.appending(path: "Tests/Fixtures/users-first-schema-export.ndjson")
            let lines = try String(contentsOf: known, encoding: .utf8)
            #expect(try await daybook("export", store) == lines)
            let one = try await daybook("export", store, "--stream", "user-user-02", "--type", "email-changed")
            let wanted = lines.split(separator: "\n").filter { line in
                line.contains(#""subject":"user-user-02""#) && line.contains(#""type":"email-changed""#)
            }
            #expect(wanted.count == 2 && one == wanted.map { "\($0)\n" }.joined())
            #expect(try await daybook("export", store, "--until", "2000-01-01").isEmpty)
            _ = try await daybook("export", store, "--since", "yesterday", expecting: 64)
            _ = try await daybook("export", store, "--full", "--type", "created", expecting: 64)
            _ = try await daybook("export", "nowhere.sqlite", expecting: 66)
        }
    }

    @Test func `makes a store of a full export, and only of a whole one`() async throws {
        try await withStore { store, folder in
            let (file, copy) = (folder.appending(path: "full.ndjson"), folder.appending(path: "copy.sqlite").path)
            let full = try await daybook("export", store, "--full")
            try full.write(to: file, atomically: true, encoding: .utf8)
            let imported = try await daybook("import", copy, file.path, "--json")
            let verified = (try await daybook("verify", store), try await daybook("verify", copy))
            #expect(try headHash(imported) == headHash(verified.0))
            #expect(try headHash(imported) == headHash(verified.1))
            _ = try await daybook("import", copy, file.path, expecting: 1)
            let lines = full.split(separator: "\n").dropLast()
            try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            let other = folder.appending(path: "other.sqlite").path
            #expect(
                try await daybook("import", other, file.path, expecting: 1).contains("breaks off after position 21"))
            try full.replacing(#""type":"deactivated""#, with: #""type":"reactivated""#)
                .write(to: file, atomically: true, encoding: .utf8)
            #expect(try await daybook("import", other, file.path, expecting: 74).contains("position"))
            #expect(!FileManager.default.fileExists(atPath: other))
        }
    }

    @Test func `backs up and restores`() async throws {
        try await withStore { store, folder in
            let (copy, restored) = (folder.appending(path: "copy.sqlite").path, folder.appending(path: "r.sqlite").path)
            let head = try headHash(try await daybook("backup", store, copy, "--verify"))
            _ = try await daybook("backup", store, copy, expecting: 1)
            let printed = try await daybook("restore", copy, restored)
            #expect(try headHash(printed) == head && printed.contains("projections rebuild"))
            _ = try await daybook("restore", copy, restored, expecting: 1)
            #expect(try await daybook("verify", restored, "--through", String(head)).contains("whole"))
            _ = try await daybook("restore", "nowhere.sqlite", restored, expecting: 66)
        }
    }

    @Test func `signs a head and checks a store against it`() async throws {
        try await withStore { store, folder in
            let (secret, signed) = (folder.appending(path: "key").path, folder.appending(path: "head.json"))
            func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
            let key = trimmed(try await daybook("head", "keys", secret))
            var file = stat()
            _ = stat(secret, &file)
            #expect(file.st_mode & 0o777 == 0o600)
            _ = try await daybook("head", "keys", secret, expecting: 1)
            try await daybook("head", "sign", store, "--key", secret)
                .write(to: signed, atomically: true, encoding: .utf8)
            let check = ["verify", store, "--signed", signed.path, "--public-key"]
            #expect(try await shell(Deployment.program("daybook"), check + [key]).contains("whole"))
            let other = trimmed(try await daybook("head", "keys", secret + "2"))
            _ = try await shell(Deployment.program("daybook"), check + [other], expecting: 74)
            _ = try await shell(Deployment.program("daybook"), check + ["x"], expecting: 64)
            _ = try await daybook("verify", store, "--signed", signed.path, expecting: 64)
            // It goes with a store that was restored, and not with one whose tail is gone.
            let restored = folder.appending(path: "r.sqlite").path
            _ = try await daybook("restore", store, restored)
            let note = try await daybook("verify", restored, "--signed", signed.path, "--public-key", key)
            #expect(note.contains("whole") && note.contains("restored or imported since"))
            try cutTail(of: store)
            _ = try await shell(Deployment.program("daybook"), check + [key], expecting: 74)
        }
    }

    private func cutTail(of store: String) throws {
        try DatabaseQueue(path: store).write { db in
            for table in ["integration_log", "events"] {
                try db.execute(sql: "DROP TRIGGER \(table)_refuse_delete")
                try db.execute(sql: "DELETE FROM \(table) WHERE position > 20")
            }
        }
    }

    @Test func `is a gate before a deployment`() async throws {
        try await withStore { store, _ in
            let fits = try await daybook("verify-history", store)
            #expect(fits.contains("everything fits: 21 events"))
            try await DatabaseQueue(path: store).write { db in
                try db.execute(sql: "DROP TRIGGER events_refuse_update")
                try db.execute(sql: "UPDATE events SET schema_version = 9, data = x'7b7d' WHERE position = 7")
            }
            let broken = try await daybook("verify-history", store, expecting: 76)
            #expect(broken.contains("aggregate user: created, schema version 9, 1 event, the first at position 7"))
            // The log shows it to the projections as well.
            let report = try await daybook("verify-history", store, "--json", expecting: 76)
            #expect(report.contains(#""part":"projection users""#) && report.contains(#""position":7"#))
            _ = try await daybook("verify-history", "nowhere.sqlite", expecting: 66)
        }
    }
}
