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

    private func storeLocation(in folder: URL) -> SQLiteStoreLocation {
        SQLiteStoreLocation(
            path: folder.appending(path: "s.sqlite").path, keys: nil, partitionCount: 8, holder: "a test")
    }

    private func makeQuarantine(
        _ program: String, tried: [MarkedWork] = [], convicted: [Quarantine.Conviction] = [],
        at location: SQLiteStoreLocation
    ) async throws -> Quarantine {
        try await Quarantine(
            of: location.open(), tried: tried, convicted: convicted, marks: location.marksPath,
            program: { program }, bodyLimit: 100)
    }

    private func suspects(_ program: String, at location: SQLiteStoreLocation) async throws -> [MarkedWork] {
        let records = try #require(try await location.quarantined())
        return try Quarantine.suspects(among: records, marks: location.marksPath, program: { program })
    }

    @Test func `keeps the streams that another build has not tried, until a later start tries them`() async throws {
        try await withTemporaryFolder { folder in
            let location = storeLocation(in: folder)
            let all = try Set((0..<150).map(stream))
            _ = try await makeQuarantine("old", convicted: convictions(all), at: location)
            let first = try await suspects("new", at: location)
            #expect(first.count == 100)
            // One of them still ends the process.
            let broken = try #require(first.first).stream
            do {
                let quarantine = try await makeQuarantine(
                    "new", tried: first, convicted: convictions([broken]), at: location)
                #expect(quarantine.untried == 50 && quarantine.entries.count == 51)
                let tried = Set(first.map(\.stream)).subtracting([broken])
                for stream in all { #expect(try isRefused(stream, by: quarantine) != tried.contains(stream)) }
            }
            let second = try await suspects("new", at: location)
            #expect(Set(second.map(\.stream)) == all.subtracting(first.map(\.stream)))
            let quarantine = try await makeQuarantine("new", tried: second, at: location)
            #expect(quarantine.untried == 0 && quarantine.entries.map(\.stream) == [broken])
        }
    }

    @Test func `is known of a store that nobody has opened, also of one without the table, or of none`() async throws {
        try await withTemporaryFolder { folder in
            let location = storeLocation(in: folder)
            #expect(try await location.quarantined() == nil)
            _ = try await makeQuarantine("old", convicted: convictions([stream(1)]), at: location)
            #expect(try await location.quarantined()?.map(\.stream) == [stream(1)])
            try tamper(location.path, "DROP TABLE quarantine")
            #expect(try await location.quarantined() == [])
        }
    }
}
