import Foundation
import TestSupport
import Testing

/// Runs the tool with its standard output on a full disk, which has to end with 1, and answers with its complaint.
func complaintOnFullDisk(_ arguments: [String], program: String = "daybook") async throws -> String {
    let script = #"exec "$0" "$@" >/dev/full"#
    return try await shell("/bin/sh", ["-c", script, Deployment.program(program)] + arguments, expecting: 1)
}

/// What is said when nothing can be written.
let fullDiskComplaint = "standard output cannot be written: No space left on device"

/// None of it needs a daemon or a broker; `The command-line tool` has the commands that do.
@Suite struct `What the tool prints` {
    /// Runs a program with its output in a pipe that nobody reads.
    private let toNobody = #"exec 4<>"$0" 5>"$0" 4>&-; exec "$@" >&5"#

    private func withStore(_ body: (_ store: String, _ folder: URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = folder.appending(path: "users-first-schema.sqlite")
            try FileManager.default.copyItem(
                at: repository.appending(path: "Tests/Fixtures/users-first-schema.sqlite"), to: store)
            try await body(store.path, folder)
        }
    }

    @Test func `is all there, or the tool fails: commands beside a store's file`() async throws {
        try await withStore { store, folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            try await shell(Deployment.program("daybook"), ["head", "keys", path("key")])
            let full = try await shell(Deployment.program("daybook"), ["export", store, "--full"])
            try full.write(toFile: path("full.ndjson"), atomically: true, encoding: .utf8)
            let calls = [
                ["export", store], ["export", store, "--full"], ["verify", store], ["verify", store, "--json"],
                ["verify-history", store], ["head", "sign", store, "--key", path("key")],
                ["head", "keys", path("lost")],
                ["backup", store, path("copy.sqlite")], ["restore", path("copy.sqlite"), path("restored.sqlite")],
                ["import", path("imported.sqlite"), path("full.ndjson")],
            ]
            for call in calls {
                #expect(try await complaintOnFullDisk(call) == "daybook: \(fullDiskComplaint)\n", "\(call)")
            }
            #expect(!FileManager.default.fileExists(atPath: path("lost")))
        }
    }

    @Test(arguments: [
        ["schema", "list"], ["schema", "show", "created"], ["schema", "check"], ["schema", "list", "--json"],
        ["--help"], ["help", "export"], ["--generate-completion-script", "bash"],
    ])
    func `is all there, or the tool fails: what it knows by itself`(arguments: [String]) async throws {
        let folder = repository.appending(path: "config/schemas").path
        let more = arguments.contains("check") ? ["--against", folder] : []
        #expect(try await complaintOnFullDisk(arguments + more) == "daybook: \(fullDiskComplaint)\n")
    }

    @Test func `is written or complained about when documents are made`() async throws {
        try await withTemporaryFolder { folder in
            for call in [["accept", "--against", folder.path], ["docs", "--output", folder.path]] {
                let complaint = try await complaintOnFullDisk(["schema"] + call)
                #expect(complaint == "daybook: \(fullDiskComplaint)\n")
            }
        }
    }

    @Test func `is under the name that the tool is called by`() async throws {
        try await withTemporaryFolder { folder in
            let bank = folder.appending(path: "bank")
            try FileManager.default.createSymbolicLink(
                at: bank, withDestinationURL: URL(filePath: Deployment.program("daybook")))
            #expect(try await shell(bank.path, ["export", "nowhere"], expecting: 66) == "bank: there is no nowhere\n")
            for call in [["--help"], ["help", "export"], ["help", "verify"], ["help", "schema", "check"]] {
                let help = try await shell(bank.path, call)
                #expect(help.contains("bank") && help.firstMatch(of: #/\bdaybook\b/#) == nil, "\(call)")
            }
        }
    }

    @Test func `ends without a word where nobody reads any more`() async throws {
        try await withStore { store, folder in
            let pipe = folder.appending(path: "pipe").path
            try await shell("mkfifo", [pipe])
            let call = ["-c", toNobody, pipe, Deployment.program("daybook")]
            #expect(try await shell("/bin/sh", call + ["export", store]) == "")
        }
    }

    @Test func `is complained about where nobody reads the public key, and there is no private one`() async throws {
        try await withTemporaryFolder { folder in
            let (pipe, key) = (folder.appending(path: "pipe").path, folder.appending(path: "key").path)
            try await shell("mkfifo", [pipe])
            let call = ["-c", toNobody, pipe, Deployment.program("daybook"), "head", "keys", key]
            let complaint = try await shell("/bin/sh", call, expecting: 1)
            #expect(complaint == "daybook: standard output cannot be written: Broken pipe\n")
            #expect(!FileManager.default.fileExists(atPath: key))
        }
    }
}

/// None of it needs a daemon or a broker.
@Suite struct `What the tool is given` {
    @Test func `is refused where it is no UTF-8`() async throws {
        let script = #"exec "$0" user create "name=$(printf 'a\351')" email=a@example.com --writer http://127.0.0.1:1"#
        let complaint = try await shell("/bin/sh", ["-c", script, Deployment.program("daybook")], expecting: 64)
        #expect(complaint.contains("An argument is not in UTF-8."))
    }
}

@Suite struct `What a daemon prints` {
    @Test func `is all there, or it fails`() async throws {
        #expect(try await complaintOnFullDisk(["--help"], program: "users-writer").contains("cannot be written"))
    }
}
