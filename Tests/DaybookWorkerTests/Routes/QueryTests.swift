import Daybook
import DaybookSQLite
import Testing
import UserViews

@testable import DaybookWorker

@Suite struct `A query` {
    @Test func `finds nothing by what stands before the character U+0000`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let query = try #require(UsersProjection.queries.first)
                let version = try host.context.reader.version()
                #expect(
                    try await host.context.reader.answer(query, QueryParameters(path: ["id": "u0"]), of: version) != nil
                )
                await #expect(throws: QueryError.self) {
                    try await host.context.reader.answer(query, QueryParameters(path: ["id": "u0\u{0}x"]), of: version)
                }
            }
        }
    }
}
