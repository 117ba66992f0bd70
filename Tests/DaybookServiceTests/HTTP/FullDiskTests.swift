import Daybook
import DaybookService
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import DaybookSQLite
@testable import DaybookWriter

@Suite struct `A writer whose disk is full` {
    /// Lets the store's file have so many pages at most.
    private func limit(_ store: SQLiteEventStore, pages: Int) async throws {
        try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }

    @Test func `logs why, once, and tells clients only that it is so`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path)
            let lines = Lines()
            let problems = Task { try await StoreProblems(store: store, logger: lines.logger).run() }
            defer { problems.cancel() }
            try await limit(store, pages: 1)
            try await withParcels(store) { client in
                let street = String(repeating: "s", count: 100_000)
                for _ in 0..<3 {
                    let answer = try await client.send("1/send", #"{"to":{"street":"\#(street)"}}"#)
                    #expect(answer.status == .serviceUnavailable && answer.problem == "store-unavailable")
                    #expect(!answer.text.contains("SQL") && !answer.text.contains("full"), "\(answer.text)")
                }
                let health = await WriterDaemon.storeCheck(store)
                #expect(!health.isReady && health.detail == "cannot take anything")
                try await eventually("it is logged") { !lines.all.isEmpty }
                try await limit(store, pages: 1_000_000)
                #expect(try await client.send("1/send", #"{"to":{"street":"s"}}"#).status == .ok)
                #expect(await WriterDaemon.storeCheck(store).isReady)
                try await eventually("it is logged, too") { lines.all.count > 1 }
            }
            #expect(lines.all.map(\.level) == [.error, .notice])
            #expect(lines.all.first?.text.contains("database or disk is full") == true)
        }
    }
}
