import Foundation
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A file that one process may have` {
    private func refuses(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "it is not refused"
    }

    @Test func `is refused when it has a second name`() async throws {
        try await withTemporaryFolder { folder in
            let (store, keys) = (folder.appending(path: "s.sqlite").path, folder.appending(path: "k.sqlite").path)
            _ = try SQLiteEventStore(path: store, keys: KeyRing(path: keys))
            for (path, open) in [
                (store, { _ = try SQLiteEventStore(path: $0) }), (keys, { _ = try KeyRing(path: $0) }),
            ] as [(String, (String) throws -> Void)] {
                #expect(link(path, "\(path).other") == 0)
                for name in [path, "\(path).other"] {
                    #expect(refuses { try open(name) }.contains("has 2 names (hard links)"))
                }
                #expect(!FileManager.default.fileExists(atPath: "\(path).other.lock"))
            }
        }
    }

    /// As a container has it in which the file alone is mounted: with a lock file of its own beside it.
    @Test func `is refused when another process has it under another name`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            _ = try SQLiteEventStore(path: path)
            let descriptor = open(path, O_RDWR | O_CLOEXEC)
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            #expect(refuses { _ = try SQLiteEventStore(path: path) }.contains("under another name"))
            #expect(flock(descriptor, LOCK_UN) == 0)
            let store = try SQLiteEventStore(path: path)
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == -1)
            withExtendedLifetime(store) {}
            close(descriptor)
        }
    }

    @Test func `is had again by who has let go of it, while a thread that ends has it still`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            func letGo() throws {
                let store = try SQLiteEventStore(path: path, keys: KeyRing(path: "\(path).keys"))
                #expect(refuses { _ = try SQLiteEventStore(path: path) }.contains("is in use by"))
                Thread.detachNewThread {
                    usleep(50_000)
                    withExtendedLifetime(store) {}
                }
            }
            try letGo()
            _ = try SQLiteEventStore(path: path, keys: KeyRing(path: "\(path).keys"))
        }
    }

    @Test func `is no device, and nothing is left beside one`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            #expect(symlink("/dev/null", path) == 0)
            #expect(refuses { _ = try SQLiteEventStore(path: path) } == "\(path) is no regular file")
            #expect(!FileManager.default.fileExists(atPath: "/dev/null.lock"))
        }
    }
}
