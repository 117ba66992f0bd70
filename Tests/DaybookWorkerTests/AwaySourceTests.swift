import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import TestSupport
import Testing
import Users

@testable import DaybookWorker

@Suite struct `A source that does not answer` {
    private func host(_ ward: Ward, _ logs: [Source: any IntegrationLog]) throws -> Ward.Host {
        var feed = ward.feed(FailurePolicy())
        feed.sources = ["writer", "away"]
        feed.history = LocalHistory(logs)
        return try Ward.Host(
            projection: FragileProjection(fault: ward.fault), folder: ward.readModel, feed: feed, logger: ward.logger)
    }

    @Test func `is named where a build waits for it, and keeps nothing from serving when it is listed no more`()
        async throws
    {
        try await Ward.with { ward in
            try await ward.create(0..<3)
            let waiting = try host(ward, ["writer": ward.store])
            try await ward.running(waiting) {
                try await eventually("what there is is posted") { waiting.status.posted == 3 }
                let report = try await waiting.report()
                #expect(report.generations.map(\.waitsFor) == [["away"]] && report.waitsFor == ["away"])
                #expect(waiting.status.trouble?.contains("no answer from away yet") == true)
                #expect(waiting.store.serving == nil)
            }
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                #expect(try await host.report().generations.map(\.waitsFor) == [[]])
                #expect(try await ward.isReplay())
            }
            // It is back, and listed again.
            let away = InMemoryStore()
            try await Repository<User>(store: away).execute(.create(email: "a@example.org", name: "A"), on: "a")
            let whole = try host(ward, ["writer": ward.store, "away": away])
            try await ward.running(whole) {
                try await eventually("its events are posted") { whole.status.posted == 4 }
                #expect(try rows("users", in: ward.current).count == 4)
            }
        }
    }
}
