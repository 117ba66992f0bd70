import Daybook
import Foundation
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A quarantine` {
    private func stream(_ number: Int) throws -> StreamName { try StreamName("vase-\(number)") }

    private func convictions(_ streams: some Sequence<StreamName>) -> [Quarantine.Conviction] {
        streams.map { Quarantine.Conviction(work: .stored($0, .zero), signal: SIGILL) }
    }

    private func isRefused(_ stream: StreamName, by quarantine: Quarantine) throws -> Bool {
        do { return try quarantine.marking(.stored(stream, .zero)) { false } } catch is Quarantined { return true }
    }

    @Test func `keeps the streams that another build has not tried, until a later start tries them`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let all = try Set((0..<150).map(stream))
            do {
                let store = try SQLiteEventStore(path: path)
                _ = try await Quarantine(of: store, convicted: convictions(all), program: { "old" }, bodyLimit: 100)
            }
            let first = try Quarantine.suspects(ofStore: path, program: { "new" })
            #expect(first.count == 100)
            // One of them still ends the process.
            let broken = try #require(first.first).stream
            do {
                let store = try SQLiteEventStore(path: path)
                let quarantine = try await Quarantine(
                    of: store, tried: first, convicted: convictions([broken]), program: { "new" }, bodyLimit: 100)
                #expect(quarantine.untried == 50 && quarantine.entries.count == 51)
                let tried = Set(first.map(\.stream)).subtracting([broken])
                for stream in all { #expect(try isRefused(stream, by: quarantine) != tried.contains(stream)) }
            }
            let second = try Quarantine.suspects(ofStore: path, program: { "new" })
            #expect(Set(second.map(\.stream)) == all.subtracting(first.map(\.stream)))
            let store = try SQLiteEventStore(path: path)
            let quarantine = try await Quarantine(
                of: store, tried: second, convicted: [], program: { "new" }, bodyLimit: 100)
            #expect(quarantine.untried == 0 && quarantine.entries.map(\.stream) == [broken])
        }
    }

    @Test func `of a command is forgotten by another build`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "s.sqlite").path
            let work = MarkedWork.new(try stream(1), CommandText(name: "knock", body: [1]))
            let store = try SQLiteEventStore(path: path)
            let convicted = [Quarantine.Conviction(work: work, signal: SIGILL)]
            let old = try await Quarantine(of: store, convicted: convicted, program: { "old" }, bodyLimit: 100)
            #expect(throws: Quarantined.self) { try old.marking(work) {} }
            let new = try await Quarantine(of: store, convicted: [], program: { "new" }, bodyLimit: 100)
            try new.marking(work) {}
        }
    }
}
