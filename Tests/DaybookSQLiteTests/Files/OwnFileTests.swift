import Daybook
import Foundation
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A lock or a mark` {
    private static let names = ["s.lock", "s.mark", "s.running"]

    @Test func `overwrites nothing that stands under its name`() async throws {
        try await withTemporaryFolder { folder in
            let theirs = folder.appending(path: "theirs").path
            for make in [{ symlink(theirs, $0) }, { link(theirs, $0) }, { mkfifo($0, 0o600) }] as [(String) -> Int32] {
                try Data("theirs".utf8).write(to: URL(filePath: theirs))
                for name in Self.names { #expect(make(folder.appending(path: name).path) == 0) }
                #expect(throws: StoreError.self) {
                    try FileLock(besides: folder.appending(path: "s").path, as: "a test")
                }
                #expect(throws: StoreError.self) { try CrashMark(folder.appending(path: "s.mark").path) }
                let running = folder.appending(path: "s.running").path
                #expect(throws: StoreError.self) { try MarkFile(running, bodyLimit: 100) }
                #expect(throws: StoreError.self) { try MarkFile.left(in: running) }
                #expect(FileManager.default.contents(atPath: theirs) == Data("theirs".utf8))
                for name in ["theirs"] + Self.names { unlink(folder.appending(path: name).path) }
            }
        }
    }

    /// A command may say personal things, and the file may be in a backup.
    @Test func `has nothing of a command once its code has run`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.running").path
            let marks = try MarkFile(path, bodyLimit: 1000)
            let command = CommandText(name: "create", body: Array("ada@example.com".utf8))
            func file() -> Data { FileManager.default.contents(atPath: path) ?? Data() }
            let note = try marks.note(.new(StreamName("user-ada"), command))
            #expect(file().range(of: Data("ada@example.com".utf8)) != nil)
            marks.wipe(note)
            for text in ["ada@example.com", "user-ada", "create"] {
                #expect(file().range(of: Data(text.utf8)) == nil, "\(text)")
            }
        }
    }

    /// To write to a page of a file that has no place on the disk ends the process when the disk is full.
    @Test func `has its place on the disk before it is needed`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.mark").path
            // As an earlier version made it.
            try Data().write(to: URL(filePath: path))
            #expect(truncate(path, 4096) == 0)
            let mark = try CrashMark(path)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_blocks * 512 >= 4096)
            #expect(mark.takeEvents().isEmpty)
        }
    }
}
