import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing

/// Posts nothing.
private struct Idle: SQLiteProjection {
    enum Event: IntegrationEvent {
        case happened
        static let namespace = "thing"
    }

    static let name = "idle"
    static let version = 1

    static func createTables(in db: Database) throws {}
    func apply(_ event: Event, from entry: LogEntry, in db: Database) throws {}
}

@Suite struct `Unreadable messages` {
    private func message(_ body: [UInt8], reason: String = "it cannot be") -> UnreadableMessage {
        UnreadableMessage(
            partition: Partition(3), reason: reason,
            raw: RawMessage(body: body, bodySize: body.count + 1) { #"{"type":"thing"}"# })
    }

    private func withModel(_ body: (SQLiteReadModel<Idle>, KeptMessages) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder.appending(path: "idle").path, projection: Idle())
            try await body(model, KeptMessages(in: model.path))
        }
    }

    @Test func `are kept whole, and dropped one by one or all`() async throws {
        try await withModel { model, kept in
            try await model.apply([], keeping: [message(Array("hello".utf8)), message([0xff, 0])])
            let (listed, dropped) = try kept.list()
            #expect(listed.map(\.id) == [1, 2] && dropped == 0)
            #expect(listed.allSatisfy { $0.partition == 3 && $0.reason == "it cannot be" && $0.body == nil })
            let text = try #require(try kept.message(1))
            #expect(text.body == "hello" && text.bodySize == 6 && text.attributes == #"{"type":"thing"}"#)
            let bytes = try #require(try kept.message(2))
            #expect(bytes.body == nil && bytes.bodyBase64 == "/wA=")
            #expect(try kept.message(3) == nil)
            #expect(try kept.drop(3) == 0)
            #expect(try kept.drop(1) == 1)
            #expect(try kept.list().messages.map(\.id) == [2])
            #expect(try kept.drop() == 1)
            #expect(try await model.unreadableCount() == 0)
        }
    }

    @Test func `of which there are too many make room, the oldest first, and are counted`() async throws {
        try await withModel { model, kept in
            for batch in 0..<3 {
                try await model.apply([], keeping: (0..<400).map { message([], reason: "\(batch * 400 + $0)") })
            }
            let (listed, dropped) = try kept.list()
            #expect(listed.count == 1000 && dropped == 200)
            #expect(listed.first?.reason == "200" && listed.last?.reason == "1199")
        }
    }

    @Test func `that are too large together make room too`() async throws {
        try await withModel { model, kept in
            let large = message([UInt8](repeating: 1, count: 4 << 20))
            for _ in 0..<20 { try await model.apply([], keeping: [large]) }
            let (listed, dropped) = try kept.list()
            #expect(listed.count == 15 && dropped == 5)
            #expect(try kept.message(20) != nil)
        }
    }
}
