import Daybook
import Foundation
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A store that was made from another one` {
    private func rights(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `is readable for its owner only`() async throws {
        try await withStoreOfMoves { path, folder in
            func name(_ name: String) -> String { folder.appending(path: name).path }
            _ = try StoreBackup(of: path).write(to: name("backup.sqlite"))
            _ = try StoreRestore(to: name("restored.sqlite")).run(from: name("backup.sqlite"))
            try Data().write(to: URL(filePath: name("export")))
            let output = try #require(FileHandle(forWritingAtPath: name("export")))
            try StoreExport(path: path).whole { try output.write(contentsOf: $0) }
            let input = try #require(FileHandle(forReadingAtPath: name("export")))
            _ = try StoreImport(to: name("imported.sqlite")).run(from: input)
            for made in ["backup.sqlite", "restored.sqlite", "imported.sqlite"] {
                #expect(try rights(name(made)) == 0o600, "\(made)")
            }
        }
    }

    @Test func `is not taken for safe when its folder cannot be flushed`() async throws {
        try await withTemporaryFolder { folder in
            try Folder.flush(folder.path)
            let error = #expect(throws: StoreError.self) {
                try Folder.flush(folder.appending(path: "none").path)
            }
            #expect(error?.description.contains("none") == true)
        }
    }
}
