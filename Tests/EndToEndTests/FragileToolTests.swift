import Daybook
import DaybookSQLite
import DaybookService
import Foundation
import TestSupport
import Testing

/// A store at which the code of the tool ends the process. No broker is needed.
@Suite struct `A tool whose domain ends the process` {
    private struct Files {
        let folder: URL
        var store: String { path("store.sqlite") }
        var export: String { path("export.ndjson") }
        var copy: String { path("copy.sqlite") }

        func path(_ name: String) -> String { folder.appending(path: name).path }
    }

    /// Runs the tool to its end.
    private func tool(_ files: Files, _ arguments: String..., isMended: Bool = false) async throws -> (
        status: Int32, text: String
    ) {
        var environment = ["FRAGILE_TOOL": "1"]
        if isMended { environment["FRAGILE_MENDED"] = "1" }
        let log = files.folder.appending(path: "\(UUID()).log")
        let process = try ChildProcess(
            Deployment.program("fragile-writer"), arguments, environment: environment, log: log)
        return (await process.wait(), process.output)
    }

    /// Makes a store with knocks that overflow the second vase at its second event, and a full export of it.
    ///
    /// - Parameter isPainted: Whether it has an event too that no code knows.
    private func withVases(isPainted: Bool = false, _ body: (Files) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let files = Files(folder: folder)
            let store = try SQLiteEventStore(path: files.store)
            for (vase, strength) in [("a", 1), ("b", .max), ("b", 1), ("c", 1)] {
                try await append("knocked", #"{"strength":\#(strength)}"#, to: "vase-\(vase)", in: store)
            }
            if isPainted { try await append("painted", "{}", to: "vase-d", in: store) }
            try export(files)
            try await body(files)
        }
    }

    private func append(_ type: String, _ data: String, to stream: String, in store: SQLiteEventStore) async throws {
        let event = NewEvent(
            id: .new(), type: type, schemaVersion: 1, occurredAt: .now(), data: Array(data.utf8),
            metadata: try EventMetadata.new().encoded())
        _ = try await store.append(AppendRequest(stream: StreamName(stream), expected: .any, events: [event]))
    }

    private func export(_ files: Files) throws {
        var lines: [UInt8] = []
        try StoreExport(path: files.store).whole { lines += $0 }
        try Data(lines).write(to: URL(filePath: files.export))
    }

    private func expectEnd(_ result: (status: Int32, text: String)) {
        #expect([SIGILL, SIGTRAP].contains(result.status - 128), "\(result.status)")
        let line = result.text.split(separator: "\n").first { $0.contains("ended by signal") }
        #expect(line?.hasPrefix("fragile-writer: ended by signal ") == true, "\(result.text)")
        #expect(line?.hasSuffix(") stream=vase-b type=knocked version=2") == true, "\(result.text)")
    }

    @Test func `names the stream and the event in verify-history`() async throws {
        try await withVases { files in
            try await expectEnd(tool(files, "verify-history", files.store))
            let mended = try await tool(files, "verify-history", files.store, isMended: true)
            #expect(mended.status == 0, "\(mended.text)")
        }
    }

    @Test func `imports nothing with --check-code, and names the stream and the event`() async throws {
        try await withVases { files in
            try await expectEnd(tool(files, "import", files.copy, files.export, "--check-code"))
            #expect(!FileManager.default.fileExists(atPath: files.copy))
            // Without the check, and with code that can do it, the same file is a store.
            let plain = try await tool(files, "import", files.path("plain.sqlite"), files.export)
            #expect(plain.status == 0, "\(plain.text)")
            let checked = try await tool(files, "import", files.copy, files.export, "--check-code", isMended: true)
            #expect(checked.status == 0, "\(checked.text)")
            #expect(FileManager.default.fileExists(atPath: files.copy))
        }
    }

    @Test func `exits with 76 when the code throws at an event`() async throws {
        try await withVases(isPainted: true) { files in
            let result = try await tool(files, "import", files.copy, files.export, "--check-code", isMended: true)
            #expect(result.status == 76, "\(result.text)")
            #expect(result.text.contains("event 1 of vase-d (painted, schema version 1) does not fit the code"))
            #expect(!FileManager.default.fileExists(atPath: files.copy))
        }
    }
}
