import Daybook
import DaybookSQLite
import DaybookTesting
import Foundation
import GRDB
import Synchronization
import Testing

@Suite struct `A test of a projection` {
    private func things() throws -> GivenProjection<Things> {
        try given(Things())
            .on("thing-a", .made(name: "A"), .renamed(name: "B"))
            .on("thing-c", .made(name: "C"))
    }

    @Test func `compares rows in any order, by the columns that it names`() async throws {
        try await things()
            .thenRows(of: "things", [["id": "c", "name": "C"], ["id": "a", "name": "B"]])
            .thenRows(of: "things", [["changes": 0], ["changes": 1]])
        try await given(Things()).thenRows(of: "things", [])
    }

    @Test func `shows the rows that differ`() async {
        let mismatch = await #expect(throws: Mismatch.self) {
            try await things().thenRows(of: "things", [["id": "a", "changes": 2], ["id": "c", "changes": 0]])
        }
        let description = """

            the rows of things (- only expected, + only found)
              - id="a" changes=2
              + id="a" changes=1
                id="c" changes=0
            """
        #expect(mismatch?.description == description)
    }

    @Test func `names a column that there is not, a time that is none and a stream that cannot be`() async {
        let column = await #expect(throws: Mismatch.self) {
            try await things().thenRows(of: "things", [["id": "a", "colour": "red"]])
        }
        #expect(column?.subject == "the columns of things" && column?.expected == "colour")
        let time = #expect(throws: Mismatch.self) {
            try given(Things()).on("thing-a", at: "yesterday", .made(name: "A"))
        }
        #expect(time?.found == "yesterday")
        #expect(throws: NameError.self) { try given(Things()).on("no stream", .made(name: "A")) }
    }

    @Test func `fails with the event that cannot be posted`() async {
        let failure = await #expect(throws: EventFailure.self) {
            try await given(Things()).on("thing-a", .made(name: "A"), .made(name: "A")).thenRows(of: "things", [])
        }
        #expect(failure?.entry.streamVersion == 2 && failure?.description.contains("thing.made") == true)
    }

    @Test func `looks at a real file, and leaves nothing behind`() async throws {
        let file = Mutex("")
        try await things().then { db in
            let path = try String.fetchOne(db, sql: "SELECT file FROM pragma_database_list WHERE name = 'main'") ?? ""
            file.withLock { $0 = path }
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM checkpoints WHERE source = 'writer'") ?? 0 > 0)
        }
        let path = file.withLock { $0 }
        #expect(!path.isEmpty && !FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: URL(filePath: path).deletingLastPathComponent().path))
    }
}
