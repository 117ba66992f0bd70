import Daybook
import DaybookAPI
import Testing

@testable import DaybookWriter

@Suite struct `Lines of events` {
    private let lines = EventLines(epoch: Epoch(high: 1, low: 2))
    private let epoch = "00000000-0000-0001-0000-000000000002"

    private func event(_ position: Position, data: String = #"{ "weight" : 1.50 }"#) -> StoredEvent {
        StoredEvent(
            position: position, id: EventID(high: 7, low: 8), stream: StreamName(stored: "box-1"), version: 1,
            type: "put", schemaVersion: 1, occurredAt: Timestamp(microseconds: 0),
            recordedAt: Timestamp(microseconds: 1), data: Array(data.utf8), metadata: Array("{}".utf8),
            hash: .genesis)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// An event as JSON.
    private func json(_ event: StoredEvent, state: EncodedJSON? = nil) throws -> String {
        text(try JSON.encode(EventResponse(event, of: lines.epoch, state: state)))
    }

    @Test func `have an event each, with its data as they are stored and the state where there is one`() throws {
        let line = text(try lines.line(event(5)))
        #expect(line == "\(try json(event(5)))\n" && line.contains(#""data":{ "weight" : 1.50 }"#))
        #expect(line.contains(#""epoch":"\#(epoch)""#) && !line.contains("state"))
        let state = EncodedJSON(Array(#"{"isFull":true}"#.utf8))
        #expect(text(try lines.line(event(5), state: state)) == "\(try json(event(5), state: state))\n")
    }

    @Test func `are the data of a server-sent event that ends with an empty line`() throws {
        let sent = text(try lines.serverSentEvents(of: [event(5)]))
        #expect(sent == "id: \(epoch)/5\ndata: \(try json(event(5)))\n\n")
    }

    @Test func `have the id after the last part alone, where a stored event is several`() throws {
        let parts = ["1", "2", "3"].map { event(5, data: $0) }
        let sent = text(try lines.serverSentEvents(of: parts))
        let texts = try parts.map { "data: \(try json($0))\n\n" }
        #expect(sent == texts[0] + texts[1] + "id: \(epoch)/5\n" + texts[2])
    }

    @Test func `are none of no event, which has no id either`() throws {
        #expect(try lines.serverSentEvents(of: []).isEmpty)
    }

    @Test func `can be an id alone, after which a client goes on`() {
        #expect(text(lines.progress(through: 7)) == "id: \(epoch)/7\n\n")
    }
}
