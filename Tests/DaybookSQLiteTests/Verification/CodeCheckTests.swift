import Daybook
import DaybookSQLite
import Foundation
import TestSupport
import Testing

private enum JarEvent: DomainEvent {
    case filled(amount: Int)

    static let schemaVersions = ["filled": 2]
    static let upcasters: [Upcaster] = [
        .changed("filled", from: 1) { data in
            guard data["amount"] != .some(.number("13")) else { throw Unlucky() }
        }
    ]
}

private struct Unlucky: Error {}

private struct Jar: Aggregate {
    enum Command: Codable, Sendable { case fill(amount: Int) }
    enum Failure: DomainFailure { case full }

    static let category: StreamCategory = "jar"
    func handle(_ command: Command) throws(Failure) -> [JarEvent] { [] }
    mutating func apply(_ event: JarEvent) {}
}

@Suite struct `An import that checks the code` {
    /// Makes a store of jars that were filled with these amounts, exports it, and imports that again.
    private func imported(_ amounts: [Int], in folder: URL, checking check: CodeCheck?) async throws -> NewStore {
        let path = folder.appending(path: "store.sqlite").path
        let store = try SQLiteEventStore(path: path)
        for amount in amounts {
            let event = NewEvent(
                id: .new(), type: "filled", schemaVersion: 1, occurredAt: .now(),
                data: Array(#"{"amount":\#(amount)}"#.utf8), metadata: try EventMetadata.new().encoded())
            _ = try await store.append(
                AppendRequest(stream: StreamName("jar-\(amount % 2)"), expected: .any, events: [event]))
        }
        var lines: [UInt8] = []
        try StoreExport(path: path).whole { lines += $0 }
        let file = folder.appending(path: "export.ndjson")
        try Data(lines).write(to: file)
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        return try StoreImport(to: copy(in: folder), check: check).run(from: handle)
    }

    private func copy(in folder: URL) -> String { folder.appending(path: "copy.sqlite").path }

    @Test func `makes the store when every event fits`() async throws {
        try await withTemporaryFolder { folder in
            let new = try await imported([1, 2, 3], in: folder, checking: CodeCheck(of: [Jar.self]))
            #expect(new.head.position == 3)
            #expect(try StoreVerification(path: copy(in: folder)).run() == new.head)
        }
    }

    @Test func `names the stream and the event that do not fit, and leaves nothing behind`() async throws {
        try await withTemporaryFolder { folder in
            let refusal = await #expect(throws: CodeRefusal.self) {
                try await imported([1, 2, 3, 13], in: folder, checking: CodeCheck(of: [Jar.self]))
            }
            #expect(refusal?.stream.description == "jar-1" && refusal?.version == 3)
            #expect(refusal?.type == "filled" && refusal?.schemaVersion == 1)
            #expect(refusal?.reason.contains("Unlucky") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(!left.contains { $0.hasPrefix("copy.sqlite") && !$0.hasSuffix(".lock") }, "\(left)")
        }
    }

    @Test func `refuses a stream that the code has no aggregate for`() async throws {
        try await withTemporaryFolder { folder in
            let refusal = await #expect(throws: CodeRefusal.self) {
                try await imported([1], in: folder, checking: CodeCheck(of: []))
            }
            #expect(refusal?.reason == "there is no aggregate of this category")
        }
    }

    @Test func `takes any history where no check is asked for`() async throws {
        try await withTemporaryFolder { folder in
            let new = try await imported([13], in: folder, checking: nil)
            #expect(new.head.position == 1)
        }
    }
}
