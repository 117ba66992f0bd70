import Foundation
import Testing

@testable import Daybook

@Suite struct `The line of a process that a signal ends` {
    private static let time = timespec(tv_sec: 1_795_856_400, tv_nsec: 7_900_000)

    private func line(
        _ style: EndingStyle, label: String = "users-worker", signal: Int32 = SIGILL, _ write: (EndingNote) -> Void
    ) -> String {
        let note = EndingNote.allocate()
        defer { note.deallocate() }
        write(note)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: EndingLine.capacity) { memory in
            var line = EndingLine(in: memory.baseAddress!, style: style)
            Array(label.utf8).withUnsafeBufferPointer { label in
                line.make(
                    signal: signal, label: label.baseAddress!, label.count, at: Self.time, note: note)
            }
            return String(decoding: line.text, as: UTF8.self)
        }
    }

    private func writeEvent(_ note: EndingNote) {
        let id = UniqueID(high: 0x0190_0000_0000_7abc, low: 0x8000_0000_0000_00ff)
        note.set(
            stream: "user-7", version: 3, type: "user.email-changed", id: IntegrationEventID(event: id, ordinal: 2))
    }

    @Test func `is like a line of the log`() {
        #expect(
            line(.text, writeEvent) == """
                2026-11-28T09:00:00.007Z critical users-worker: ended by signal 4 (SIGILL) \
                event=01900000-0000-7abc-8000-0000000000ff.2 stream=user-7 type=user.email-changed version=3

                """)
        #expect(line(.plain, label: "daybook") { _ in } == "daybook: ended by signal 4 (SIGILL)\n")
        #expect(
            line(.plain, signal: SIGSEGV) { $0.set(stream: "user-7", command: "rename") }
                == "users-worker: ended by signal 11 (SIGSEGV) command=rename stream=user-7\n")
    }

    @Test func `is one JSON object where the log has such`() throws {
        let text = line(.json, label: #"a "writer\"#, writeEvent)
        let record = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(record["time"] as? String == "2026-11-28T09:00:00.007Z")
        #expect(record["level"] as? String == "critical" && record["label"] as? String == #"a "writer\"#)
        #expect(record["message"] as? String == "ended by signal 4 (SIGILL)")
        #expect(
            record["metadata"] as? [String: String] == [
                "event": "01900000-0000-7abc-8000-0000000000ff.2", "stream": "user-7", "type": "user.email-changed",
                "version": "3",
            ])
        #expect(text.hasSuffix("}\n"))
    }

    @Test func `stays one line, whatever is noted`() {
        let quoted = line(.plain) { $0.set(stream: "user-a b\n", version: .max, type: #"x="y""#) }
        #expect(
            quoted == """
                users-worker: ended by signal 4 (SIGILL) stream="user-a b\\u000a" type="x=\\"y\\"" \
                version=9223372036854775807

                """)
        let long = line(.json) { $0.set(stream: String(repeating: "\u{1}", count: 5000), version: 1) }
        #expect(long.utf8.count <= EndingLine.capacity && long.hasSuffix("\n"))
    }

    @Test func `names nothing that is over`() {
        let text = line(.plain) { note in
            writeEvent(note)
            note.clear()
        }
        #expect(text == "users-worker: ended by signal 4 (SIGILL)\n")
    }
}
