import Daybook
import Testing

@testable import DaybookRabbitMQ
@testable import RabbitMQ

private func chainHash(_ byte: UInt8) -> ChainHash {
    ChainHash(bytes: [UInt8](repeating: byte, count: 32)) ?? .genesis
}

@Suite struct `What goes over the wire` {
    private let entry = LogEntry(
        place: LogPlace(partition: Partition(3), offset: 17),
        id: IntegrationEventID(event: UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)),
        type: "user.email-changed", schemaVersion: 1, stream: StreamName(stored: "user-1"), streamVersion: 4,
        occurredAt: Timestamp(microseconds: 1_000_000), recordedAt: Timestamp(microseconds: 2_000_000),
        data: Array(#"{"newEmail":"e@f.gh"}"#.utf8)[...],
        metadata: Array(#"{"actor":"ada","causationId":"k","correlationId":"c"}"#.utf8)[...],
        hash: chainHash(0xab), previousHash: .genesis)

    @Test func `is no event when its body was cut off`() throws {
        let message = try CloudEvent(source: "users-writer", epoch: UniqueID(high: 1, low: 2), entry: entry).message()
        func delivery(_ bodySize: Int) -> Delivery {
            Delivery(
                channel: ChannelNumber(rawValue: 1), tag: 1, isRedelivered: false, exchange: "daybook.events",
                routingKey: "p03", message: message, bodySize: bodySize)
        }
        #expect(try CloudEvent(delivery(message.body.count)).entry.offset == 17)
        #expect(throws: CloudEvent.Unreadable.self) { try CloudEvent(delivery(message.body.count + 1)) }
    }

    /// Every consumer depends on these names.
    @Test func `is a CloudEvent with these attributes`() throws {
        let message = try CloudEvent(source: "users-writer", epoch: UniqueID(high: 1, low: 2), entry: entry).message()
        let attributes = Dictionary(
            uniqueKeysWithValues: message.headers.entries.map { ($0.name, $0.value.string ?? "") })
        #expect(
            attributes == [
                "cloudEvents:specversion": "1.0", "cloudEvents:id": "01900000-0000-7000-8000-000000000001",
                "cloudEvents:source": "users-writer", "cloudEvents:type": "user.email-changed",
                "cloudEvents:subject": "user-1", "cloudEvents:time": "1970-01-01T00:00:01.000000Z",
                "cloudEvents:partition": "3", "cloudEvents:offset": "17",
                "cloudEvents:epoch": "00000000-0000-0001-0000-000000000002", "cloudEvents:streamversion": "4",
                "cloudEvents:recordedtime": "1970-01-01T00:00:02.000000Z",
                "cloudEvents:chain": String(repeating: "00", count: 32) + "." + String(repeating: "ab", count: 32),
                "cloudEvents:correlationid": "c", "cloudEvents:causationid": "k", "cloudEvents:actor": "ada",
            ])
        #expect(message.contentType == "application/json" && message.isPersistent && message.body[...] == entry.data)
        #expect(message.messageID == "01900000-0000-7000-8000-000000000001")
        #expect(Topology.routingKey(entry) == "p03.user.email-changed")
        #expect(Topology.queue(projection: "users", Partition(3)) == "daybook.users.p03")
    }

    @Test func `names a schema version that is not the first`() throws {
        var second = entry
        second.schemaVersion = 2
        let message = try CloudEvent(source: "users-writer", epoch: UniqueID(high: 1, low: 2), entry: second).message()
        #expect(message.headers["cloudEvents:schemaversion"]?.string == "2")
    }

    @Test func `says all of the metadata that history says`() throws {
        let metadata = EventMetadata(
            correlationID: "c", causationID: "k", actor: "ada", traceparent: "t", compensates: "e",
            custom: ["tenant": "acme", "ticket": "4711 \"ü\""])
        var whole = entry
        whole.metadata = try metadata.encoded()[...]
        let message = try CloudEvent(source: "users-writer", epoch: UniqueID(high: 1, low: 2), entry: whole).message()
        #expect(message.headers["cloudEvents:compensates"]?.string == "e")
        #expect(message.headers["cloudEvents:custom"]?.string == #"{"tenant":"acme","ticket":"4711 \"ü\""}"#)
        #expect(try CloudEvent(message).entry == whole)
    }

    @Test(arguments: ["", "acme", "[]", #"{"tenant":1}"#])
    func `is unreadable when what a caller has added is no object of texts`(custom: String) throws {
        var message = try CloudEvent(source: "s", epoch: UniqueID(high: 1, low: 2), entry: entry).message()
        message.headers.entries.append(.init(name: "cloudEvents:custom", value: .string(custom)))
        #expect(throws: CloudEvent.Unreadable.self) { try CloudEvent(message) }
    }

    /// The answer that a log with these entries would give.
    private func answer(_ slice: LogSlice) -> [UInt8] {
        var answer = HistoryAnswer(capacity: 0)
        for entry in slice.entries { entry.show { answer.add($0) } }
        return answer.bytes(slice, entry.place.partition)
    }

    @Test func `gives back every history answer that went in`() throws {
        var other = entry
        other.place.offset = 18
        other.id = IntegrationEventID(event: entry.id.event, ordinal: 3)
        other.previousHash = entry.hash
        other.hash = chainHash(9)
        let anchor = LogAnchor(id: entry.id, hash: entry.previousHash)
        for slice in [
            LogSlice(
                epoch: UniqueID(high: 1, low: 2), partitionCount: 8, head: 18, anchor: anchor, entries: [entry, other]),
            LogSlice(epoch: UniqueID(high: 1, low: 2), partitionCount: 8, head: 0, anchor: nil, entries: []),
        ] {
            #expect(try HistoryFrame.decodeAnswer(answer(slice)) == slice)
        }
        let request = HistoryFrame.Request(partition: Partition(7), after: 5, limit: 1000)
        #expect(try HistoryFrame.decodeRequest(HistoryFrame.encode(request)) == request)
    }

    /// A later version may add a signature.
    @Test func `passes over what follows the entries of a history answer`() throws {
        let slice = LogSlice(
            epoch: UniqueID(high: 1, low: 2), partitionCount: 8, head: 18, anchor: nil, entries: [entry])
        #expect(try HistoryFrame.decodeAnswer(answer(slice) + Array("signature".utf8)) == slice)
    }

    @Test func `refuses a history answer with a head or an offset that cannot be`() {
        let epoch = UniqueID(high: 1, low: 2)
        var beforeFirst = entry
        beforeFirst.place.offset = 0
        for slice in [
            LogSlice(epoch: epoch, partitionCount: 8, head: Offset(rawValue: .min), anchor: nil, entries: []),
            LogSlice(epoch: epoch, partitionCount: 8, head: 18, anchor: nil, entries: [beforeFirst]),
        ] {
            #expect(throws: HistoryError.self) { try HistoryFrame.decodeAnswer(answer(slice)) }
        }
    }

    @Test(
        arguments: [
            (99, 0, 10_000, true), (0, .max, 0, true), (0, 0, 10_001, false), (0, 0, -1, false), (0, -1, 1, false),
            (100, 0, 1, false), (-1, 0, 1, false),
        ] as [(Int64, Int64, Int64, Bool)])
    func `takes a history request that can be meant`(
        partition: Int64, after: Int64, limit: Int64, isTaken: Bool
    ) {
        let numbers = [partition, after, limit].flatMap { withUnsafeBytes(of: $0.bigEndian) { Array($0) } }
        let request = try? HistoryFrame.decodeRequest(Array("DBQ3".utf8) + numbers)
        #expect((request?.limit).map { Int64($0) } == (isTaken ? limit : nil))
    }

    @Test func `refuses history messages that break off or are none`() {
        let slice = LogSlice(
            epoch: UniqueID(high: 1, low: 2), partitionCount: 8, head: 18, anchor: nil, entries: [entry])
        let whole = answer(slice)
        for length in 0..<whole.count {
            #expect(throws: (any Error).self) { try HistoryFrame.decodeAnswer(Array(whole.prefix(length))) }
        }
        for bytes in [[], Array("DBQ3".utf8), Array("DBQ3".utf8) + [UInt8](repeating: 255, count: 24)] as [[UInt8]] {
            #expect(throws: (any Error).self) { try HistoryFrame.decodeRequest(bytes) }
        }
    }
}
