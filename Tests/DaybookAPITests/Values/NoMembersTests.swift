import Daybook
import DaybookAPI
import Testing

@Suite struct `A body for an operation that takes nothing` {
    @Test func `is an empty object`() throws {
        #expect(String(decoding: try JSON.encode(NoMembers()), as: UTF8.self) == "{}")
        #expect(try JSON.decodeAll(NoMembers.self, from: Array("{ }".utf8)) == NoMembers())
    }

    @Test func `has nothing that would be dropped`() {
        #expect(throws: MemberError.self) { try JSON.decodeAll(NoMembers.self, from: Array(#"{"force":3}"#.utf8)) }
        #expect(throws: DecodingError.self) { try JSON.decodeAll(NoMembers.self, from: Array("[]".utf8)) }
    }
}
