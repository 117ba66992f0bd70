import Foundation
import TestSupport
import Testing

/// What a program renames, and what it flushes, as `renames.c` notes it.
struct RenameNotes {
    private let library: String
    private let log: URL

    init(in folder: URL) async throws {
        library = folder.appending(path: "renames.so").path
        log = folder.appending(path: "renames.log")
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "renames.c").path
        try await shell("cc", ["-shared", "-fPIC", source, "-ldl", "-o", library])
    }

    var environment: [String: String] { ["LD_PRELOAD": library, "DAYBOOK_TEST_RENAMES": log.path] }

    /// Whether the folder was flushed after the file got its name.
    func isFlushed(_ file: URL) throws -> Bool {
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        let renamed = try #require(lines.lastIndex(of: "renamed \(file.path)"), "\(file.path) in \(lines)")
        return lines[renamed...].contains("flushed \(file.deletingLastPathComponent().path)")
    }

    /// How many files were renamed into a folder; one that was renamed over another one counts again.
    func count(in folder: URL) throws -> Int {
        try String(contentsOf: log, encoding: .utf8).split(separator: "\n").count {
            $0.hasPrefix("renamed \(folder.path)/")
        }
    }

    /// Whether the draft of a file was flushed before it got the file's name.
    func isFlushed(draft: URL, of file: URL) throws -> Bool {
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        let renamed = try #require(lines.firstIndex(of: "renamed \(file.path)"), "\(file.path) in \(lines)")
        return lines[..<renamed].contains("flushed \(draft.path)")
    }
}

/// The name that a file was given last is lost with the power until its folder is flushed.
@Suite struct `A file's new name is on the disk` {
    @Test func `when a backup, a restore or an import ends`() async throws {
        try await withTemporaryFolder { folder in
            let notes = try await RenameNotes(in: folder)
            let store = folder.appending(path: "s.sqlite")
            try FileManager.default.copyItem(
                at: repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite"), to: store)
            let export = folder.appending(path: "full.ndjson")
            let lines = try await shell(Deployment.program("daybook"), ["export", store.path, "--full"])
            try lines.write(to: export, atomically: true, encoding: .utf8)
            func make(_ name: String, _ arguments: (String) -> [String]) async throws -> String {
                let made = folder.appending(path: "\(name)/s.sqlite")
                try FileManager.default.createDirectory(
                    at: made.deletingLastPathComponent(), withIntermediateDirectories: true)
                try await shell(
                    Deployment.program("daybook"), arguments(made.path), environment: notes.environment)
                #expect(try notes.isFlushed(made), "\(name)")
                return made.path
            }
            let copy = try await make("backup") { ["backup", store.path, $0] }
            _ = try await make("restore") { ["restore", copy, $0] }
            _ = try await make("import") { ["import", $0, export.path] }
        }
    }

    @Test(.enabled(if: TestBroker.isRunning)) func `when a generation begins to serve`() async throws {
        try await Deployment.with { deployment in
            let notes = try await RenameNotes(in: deployment.folder)
            try await deployment.start(.writer)
            try await deployment.start(.users, settings: notes.environment)
            try await deployment.waitUntilCurrent(.users, head: 0)
            #expect(try notes.isFlushed(URL(filePath: "\(deployment.readModelPath(.users))/current.sqlite")))
        }
    }

    @Test(.enabled(if: TestBroker.isRunning))
    func `when a message to a new user counts as written, and so is what it says`() async throws {
        try await Deployment.with { deployment in
            let notes = try await RenameNotes(in: deployment.folder)
            let outbox = deployment.folder.appending(path: "outbox")
            let reaction = [
                "DAYBOOK_OUTBOX_PATH": outbox.path, "DAYBOOK_REACTIONS_BEGIN": "beginning",
                "DAYBOOK_REACTIONS_PATH": deployment.folder.appending(path: "reactions").path,
            ]
            try await deployment.start(.writer)
            _ = try await deployment.post("/v1/user/ada/create", #"{"email":"a@b.de","name":"A"}"#)
            try await deployment.start(.users, settings: notes.environment.merging(reaction) { $1 })
            let new = outbox.appending(path: "new")
            try await eventually("the message is written") { try notes.count(in: new) == 1 }
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: new.path).first)
            let (draft, message) = (outbox.appending(path: "tmp/\(name)"), new.appending(path: name))
            #expect(try notes.isFlushed(draft: draft, of: message))
            try await eventually("its folder is flushed") { try notes.isFlushed(message) }
        }
    }
}
