import Foundation
import GRDB
import Testing

@testable import DaybookSQLite

@Suite struct `A statement that a projection runs` {
    private let insert = "INSERT INTO kept VALUES(?, ?, ?, ?)"

    private func database() throws -> DatabaseQueue {
        let database = try DatabaseQueue()
        try database.write { try $0.execute(sql: "CREATE TABLE kept(number, text NOT NULL, bytes, other UNIQUE)") }
        return database
    }

    @Test func `stores each value as it is, however long`() throws {
        let texts = ["", "é", "ends with \u{0}\u{0}", String(repeating: "a text of its own ", count: 1000)]
        let blobs: [[UInt8]] = [[], [0], Array(repeating: 7, count: 10_000)]
        try database().write { db in
            for (place, text) in texts.enumerated() {
                for (number, bytes) in blobs.enumerated() {
                    try db.run(insert, .integer(.max), .text(text), .bytes(bytes), .text("\(place)-\(number)"))
                    try db.run(insert, nil, .text(text), nil, nil)
                }
            }
            // As a text it would be read up to its first NUL.
            let sql = "SELECT number, typeof(text), CAST(text AS BLOB), bytes FROM kept ORDER BY rowid"
            let rows = try Row.fetchAll(db, sql: sql)
            let expected = texts.flatMap { text in blobs.flatMap { [(text, Data($0) as Data?), (text, nil)] } }
            #expect(rows.count == expected.count)
            for (row, (text, bytes)) in zip(rows, expected) {
                #expect(row[0] as Int64? == (bytes == nil ? nil : .max))
                #expect(row[1] as String == "text" && row[2] as Data == Data(text.utf8))
                #expect(row[3] as Data? == bytes)
            }
        }
    }

    @Test func `has nothing left of the values before, and can be run again after it has failed`() throws {
        try database().write { db in
            try db.run(insert, 1, "a", nil, "once")
            #expect(throws: DatabaseError.self) { try db.run(insert, 2, "b", nil, "once") }
            try db.run(insert, 3, "c", nil, nil)
            // There is no text now, and there must be one.
            #expect(throws: DatabaseError.self) { try db.run(insert, 4) }
            try db.run(insert, 5, "e", nil, "other")
            #expect(try Int.fetchAll(db, sql: "SELECT number FROM kept ORDER BY 1") == [1, 3, 5])
        }
    }
}
