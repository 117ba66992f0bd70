import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import TestSupport
import Testing
import Users

@testable import DaybookWorker

@Suite struct `A source that does not answer` {
    private func host(_ fixture: WorkerFixture, _ logs: [Source: any IntegrationLog]) throws -> WorkerFixture.Host {
        var feed = fixture.feed(FailurePolicy())
        feed.sources = ["writer", "away"]
        feed.history = LocalHistory(logs)
        return try WorkerFixture.Host(
            projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel, feed: feed,
            logger: fixture.logger)
    }

    @Test func `is named where a build waits for it, and keeps nothing from serving when it is listed no more`()
        async throws
    {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            let waiting = try host(fixture, ["writer": fixture.store])
            try await fixture.running(waiting) {
                try await eventually("what there is is posted") { waiting.status.posted == 3 }
                let report = try await waiting.report()
                #expect(report.generations.map(\.waitsFor) == [["away"]] && report.waitsFor == ["away"])
                #expect(waiting.status.trouble?.contains("no answer from away yet") == true)
                #expect(waiting.store.serving == nil)
            }
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await host.report().generations.map(\.waitsFor) == [[]])
                #expect(try await fixture.isReplay())
            }
            // It is back, and listed again.
            let away = InMemoryStore()
            try await Repository<User>(store: away).execute(.create(email: "a@example.org", name: "A"), on: "a")
            let whole = try host(fixture, ["writer": fixture.store, "away": away])
            try await fixture.running(whole) {
                try await eventually("its events are posted") { whole.status.posted == 4 }
                #expect(try rows("users", in: fixture.current).count == 4)
            }
        }
    }
}
