import DaybookSQLite
import Foundation
import TestSupport

/// A folder with the files that commands need.
struct ToolFolder: Sendable {
    let path: String

    /// A store with 21 events of users.
    var store: String { "\(path)/users-first-schema.sqlite" }
    /// A full export of the store.
    var export: String { "\(path)/full.ndjson" }
    /// A file with one command.
    var commands: String { "\(path)/commands.ndjson" }

    /// The command in the file.
    static let command =
        #"{"category":"user","id":"ada","command":"change-email","body":{"newEmail":"ada@example.org"}}"#

    /// Runs `body` with a folder that is removed after use.
    static func with(_ body: (ToolFolder) async throws -> Void) async throws {
        try await withTemporaryFolder { url in
            let folder = ToolFolder(path: url.path)
            try FileManager.default.copyItem(at: fixture("users-first-schema.sqlite"), to: URL(filePath: folder.store))
            try Data(command.utf8).write(to: URL(filePath: folder.commands))
            var lines: [UInt8] = []
            _ = try StoreExport(path: folder.store).whole { lines += $0 }
            try Data(lines).write(to: URL(filePath: folder.export))
            try await body(folder)
        }
    }

    /// The events of the store, as they are exported.
    static func exportedEvents() throws -> String {
        try String(contentsOf: fixture("users-first-schema-export.ndjson"), encoding: .utf8)
    }

    private static func fixture(_ name: String) -> URL { repository.appending(path: "Tests/Fixtures/\(name)") }
}
