import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

/// What an upcaster of these events cannot bring up ends its process.
private enum BrittleEvent: IntegrationEvent {
    case happened(number: Int)

    static let namespace = "brittle"
    static let schemaVersions = ["happened": 2]
    static let upcasters: [Upcaster] = [
        Upcaster("happened", from: 1) { event in
            guard let text = event.data["text"], case .text(let digits) = text, let number = Int(digits) else {
                preconditionFailure("this text cannot be")
            }
            return [StoredForm(type: "happened", schemaVersion: 2, data: ["number": .number("\(number)")])]
        }
    ]
}

private struct BrittleProjection: SQLiteProjection {
    static let name = "brittle"
    static let version = 1

    static func createTables(in db: Database) throws { try db.execute(sql: "CREATE TABLE numbers(number)") }

    func apply(_ event: BrittleEvent, from entry: LogEntry, in db: Database) throws {
        guard case .happened(let number) = event else { return }
        try db.execute(sql: "INSERT INTO numbers VALUES(?)", arguments: [number])
    }
}

/// Notes nothing, and ends its process in this way.
private struct BrittleReaction: Reaction {
    enum Way: String, Codable, Sendable { case traps, overflows, isKilled, returns }

    static let name = "brittle"
    let way: Way

    func react(to event: BrittleEvent, from entry: LogEntry, key: String) async throws {
        switch way {
        case .traps: preconditionFailure("this event cannot be")
        case .overflows:
            // On whatever thread it goes on.
            try await Task.sleep(for: .milliseconds(1))
            print(overflowStack())
        case .isKilled: kill(getpid(), SIGKILL)
        case .returns: break
        }
    }
}

/// What a worker does in a process of its own.
private enum BrittleWorker {
    private static let lane = Lane(source: "writer", partition: Partition(0))

    static func entry(_ offset: Int64, _ text: String) -> LogEntry {
        LogEntry(
            place: LogPlace(partition: Partition(0), offset: Offset(rawValue: offset)),
            id: IntegrationEventID(event: UniqueID(high: 1, low: UInt64(offset))), type: "brittle.happened",
            schemaVersion: 1, stream: StreamName(stored: "brittle-\(offset)"), streamVersion: 1,
            occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 0),
            data: Array(#"{"text":"\#(text)"}"#.utf8)[...], metadata: Array("{}".utf8)[...], hash: .genesis,
            previousHash: .genesis)
    }

    /// Feeds a read model with three events, as a worker does: they are decoded first, and then posted.
    static func feed(_ path: String) async throws {
        let model = try SQLiteReadModel(folder: path, projection: BrittleProjection())
        try await model.countCrash()
        let entries = [entry(1, "1"), entry(2, "none"), entry(3, "3")].map(model.decoded)
        let last = try #require(entries.last?.log)
        let next = Checkpoint(epoch: UniqueID(high: 7, low: 7), offset: last.offset, anchor: last.anchor)
        try await model.apply([Posting(lane: lane, expected: nil, entries: entries, next: next)], keeping: [])
    }

    /// - Returns: How many events are parked afterwards.
    @discardableResult
    static func react(_ way: BrittleReaction.Way, in path: String) async throws -> Int {
        let claim = try #require(try SQLiteReactionState<BrittleReaction>.claim(in: path))
        let state = try SQLiteReactionState(folder: path, reaction: BrittleReaction(way: way), claim: claim)
        let entry = entry(1, "1")
        let next = Checkpoint(epoch: UniqueID(high: 7, low: 7), offset: entry.offset, anchor: entry.anchor)
        let posting = Posting(lane: lane, expected: nil, entries: [state.decoded(entry)], next: next)
        try await state.apply([posting], keeping: [])
        return try await state.parkedCount()
    }
}

@Suite struct `The mark of what a process is busy with` {
    @Test func `lets an event be parked at which processes end while they decode it`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            for _ in 0..<3 {
                await #expect(processExitsWith: .failure) { [path = path as String] in
                    try await BrittleWorker.feed(path)
                }
            }
            try await BrittleWorker.feed(path)
            let model = try SQLiteReadModel(folder: path, projection: BrittleProjection())
            let parked = try await model.parked(ParkedSelection()).parked
            #expect(parked.map(\.offset) == [2] && parked.first?.reason == "3 processes ended at it")
            #expect(try rowCount("numbers", in: "\(path)/current.sqlite") == 2)
        }
    }

    @Test(arguments: [BrittleReaction.Way.traps, .overflows, .isKilled])
    fileprivate func `lets an event be parked at which a reaction ends the process, and none in which it was killed`(
        way: BrittleReaction.Way
    ) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            for _ in 0..<3 {
                await #expect(processExitsWith: .failure) {
                    [path = path as String, way = way as BrittleReaction.Way] in
                    try await BrittleWorker.react(way, in: path)
                }
            }
            let parked = try await BrittleWorker.react(.returns, in: path)
            #expect(parked == (way == .isKilled ? 0 : 1))
        }
    }

    @Test func `is told in the last line of a process that ends at an event`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                [path = path as String] in
                EndingSignals.report(as: "brittle-worker", style: .plain)
                try await BrittleWorker.feed(path)
            }
            let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            let event = "event=\(BrittleWorker.entry(2, "").id) stream=brittle-2 type=brittle.happened version=1\n"
            #expect(printed.contains("brittle-worker: ended by signal ") && printed.contains(event), "\(printed)")
        }
    }

    @Test func `is told too where a reaction ends the process`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
                [path = path as String] in
                EndingSignals.report(as: "brittle-worker", style: .plain)
                try await BrittleWorker.react(.overflows, in: path)
            }
            let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(printed.contains("ended by signal 11 (SIGSEGV) event="), "\(printed)")
            #expect(printed.contains("stream=brittle-1 type=brittle.happened version=1\n"), "\(printed)")
        }
    }

    @Test func `names the events of a process that has ended, and not those of one that lives`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "mark").path
            let (posted, decoded) = (BrittleWorker.entry(1, "").id, BrittleWorker.entry(2, "").id)
            let other = try CrashMark(path)
            do {
                let living = try CrashMark(path)
                living.begin(posted)
                let place = living.beginDecoding(decoded)
                #expect(other.takeEvents().isEmpty)
                living.endDecoding(place)
            }
            #expect(other.takeEvents() == [posted] && other.takeEvents().isEmpty)
        }
    }

    @Test func `is left alone by all other holders of the file, however many there are`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "mark").path
            let ids = (1...40).map { BrittleWorker.entry($0, "").id }
            var holders = try ids.map { id in
                let holder = try CrashMark(path)
                holder.begin(id)
                return holder
            }
            for holder in holders.dropFirst(16) {
                holder.clear()
                #expect(holder.takeEvents().isEmpty)
            }
            holders = []
            #expect(try CrashMark(path).takeEvents() == Set(ids.prefix(16)))
        }
    }

    @Test func `has room for several that are decoded at once`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "mark").path
            let ids = (1...3).map { BrittleWorker.entry($0, "").id }
            let mark = try CrashMark(path)
            mark.begin(ids[0])
            let places = ids.dropFirst().map(mark.beginDecoding)
            defer { places.forEach(mark.endDecoding) }
            // What the next process would see.
            let page = try Data(contentsOf: URL(filePath: path))
            for id in ids {
                let low = withUnsafeBytes(of: id.event.low) { Data($0) }
                #expect(page.range(of: low + Data(count: 8)) != nil)
            }
        }
    }
}
