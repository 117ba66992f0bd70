import Daybook
import DaybookService
import Hummingbird
import Testing

@testable import DaybookWriter

@Suite struct `The problem of a command` {
    @Test func `that others were in the way of is not that of a store that takes nothing`() throws {
        let stream = try StreamName("parcel-1")
        let contended = try #require(CommandProblem.translate(AppendError.contended(stream)) as? Problem)
        #expect(contended.status == .serviceUnavailable && contended.code == "too-many-changes")
        #expect(contended.headers[.retryAfter] == "1" && contended.detail?.contains("parcel-1") == true)
        let unavailable = try #require(CommandProblem.translate(AppendError.unavailable("SQL")) as? Problem)
        #expect(unavailable.status == .serviceUnavailable && unavailable.code == "store-unavailable")
        #expect(unavailable.detail?.contains("SQL") == false)
    }
}
