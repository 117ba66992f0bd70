import Daybook
import Foundation
import TestSupport
import Testing

@Suite struct `What is quarantined` {
    private func knock(_ body: UInt8) throws -> MarkedWork {
        .new(try StreamName("vase-1"), CommandText(name: "knock", body: [body]))
    }

    private func isRefused(_ work: MarkedWork, by quarantine: Quarantine) throws -> Bool {
        do { return try quarantine.marking(work) { false } } catch is Quarantined { return true }
    }

    /// A quarantine of a store after what was tried alone has ended the process.
    private func withQuarantine(
        of work: [MarkedWork], in store: InMemoryStore = InMemoryStore(), tried: [MarkedWork] = [],
        program: String = "old", _ body: (Quarantine) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await body(
                Quarantine(
                    of: store, tried: tried, convicted: work.map { Quarantine.Conviction(work: $0, signal: SIGILL) },
                    marks: folder.appending(path: "running").path, program: { program }, bodyLimit: 100))
        }
    }

    @Test func `is a command with its body, and with any once three bodies were refused`() async throws {
        try await withQuarantine(of: [knock(1), knock(2)]) { quarantine in
            let refused = try (1...3).map { try isRefused(knock($0), by: quarantine) }
            #expect(refused == [true, true, false])
            #expect(quarantine.entries.map(\.command) == ["knock", "knock"])
        }
        try await withQuarantine(of: [knock(1), knock(2), knock(3)]) { quarantine in
            let isRefusedToo = try isRefused(knock(4), by: quarantine)
            #expect(isRefusedToo)
            // The stream itself, and other commands on it, are as before.
            let stream = try StreamName("vase-1")
            #expect(try isRefused(.stored(stream, .zero), by: quarantine) == false)
            #expect(try isRefused(.new(stream, CommandText(name: "sign", body: [1])), by: quarantine) == false)
        }
    }

    @Test func `is a command as long as the program is the same, and a stream until another one has tried it`()
        async throws
    {
        let store = InMemoryStore()
        let (read, unread) = (try StreamName("vase-2"), try StreamName("vase-3"))
        let work: [MarkedWork] = [try knock(1), .stored(read, .zero), .stored(unread, .zero)]
        try await withQuarantine(of: work, in: store) { #expect($0.entries.count == 3 && $0.untried == 0) }
        try await withQuarantine(of: [], in: store) { #expect($0.entries.count == 3 && $0.untried == 0) }
        try await withQuarantine(of: [], in: store, tried: [work[1]], program: "new") { quarantine in
            #expect(quarantine.entries.map(\.stream) == [unread] && quarantine.untried == 1)
            let isStillRefused = try isRefused(knock(1), by: quarantine)
            #expect(!isStillRefused)
        }
    }

    @Test func `is tried again by another program, a hundred streams at a start, the first ones first`() async throws {
        let records = try (0..<150).map { number in
            QuarantineRecord(
                stream: try StreamName("vase-\(number)"), signal: SIGILL, program: number == 7 ? "new" : "old",
                since: Timestamp(microseconds: Int64(number)))
        }
        let command = QuarantineRecord.Command(name: "knock", bodyHash: [1])
        let refused = QuarantineRecord(
            stream: try StreamName("vase-x"), command: command, signal: SIGILL, program: "old", since: .now())
        try await withTemporaryFolder { folder in
            let suspects = try Quarantine.suspects(
                among: (records + [refused]).reversed(), marks: folder.appending(path: "running").path,
                program: { "new" })
            let expected = (0...100).filter { $0 != 7 }.map { "vase-\($0)" }
            #expect(Set(suspects.map(\.stream.description)) == Set(expected) && suspects.count == 100)
        }
    }
}
