import Daybook
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import DaybookSQLite

/// An event of the first schema version is three events now.
private enum SplitEvent: IntegrationEvent {
    case happened(part: Int)

    static let namespace = "split"
    static let schemaVersions = ["happened": 2]
    static let upcasters: [Upcaster] = [
        Upcaster("happened", from: 1) { _ in
            (1...3).map { StoredForm(type: "happened", schemaVersion: 2, data: ["part": .number("\($0)")]) }
        }
    ]
}

private struct SplitReaction: Reaction {
    final class Book: Sendable {
        private let entries = Mutex<[(part: Int, key: String)]>([])
        var all: [(part: Int, key: String)] { entries.withLock { $0 } }
        func note(_ part: Int, _ key: String) { entries.withLock { $0.append((part, key)) } }
    }

    static let name = "split"
    let book: Book

    func react(to event: SplitEvent, from entry: LogEntry, key: String) async throws {
        if case .happened(let part) = event { book.note(part, key) }
    }
}

@Suite struct `The key of a reaction` {
    @Test func `is another one for each part of an event that is several now`() async throws {
        try await withTemporaryFolder { folder in
            let book = SplitReaction.Book()
            let claim = try #require(try SQLiteReactionState<SplitReaction>.claim(in: folder.path))
            let state = try SQLiteReactionState(
                folder: folder.path, reaction: SplitReaction(book: book), claim: claim)
            let id = IntegrationEventID(event: UniqueID(high: 1, low: 1))
            let entry = LogEntry(
                place: LogPlace(partition: Partition(0), offset: 1), id: id, type: "split.happened",
                schemaVersion: 1, stream: StreamName(stored: "split-1"), streamVersion: 1,
                occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 0),
                data: Array("{}".utf8)[...], metadata: Array("{}".utf8)[...], hash: .genesis, previousHash: .genesis)
            let posting = Posting(
                lane: Lane(source: "writer", partition: Partition(0)), expected: nil, entries: [state.decoded(entry)],
                next: Checkpoint(epoch: UniqueID(high: 7, low: 7), offset: 1, anchor: entry.anchor))
            try await state.apply([posting], keeping: [])
            #expect(book.all.map(\.part) == [1, 2, 3])
            let key = "split/writer/\(id)"
            #expect(book.all.map(\.key) == [key, "\(key)/1", "\(key)/2"])
        }
    }
}
