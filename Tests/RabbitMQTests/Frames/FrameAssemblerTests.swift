import Testing

@testable import RabbitMQ

@Suite struct `An assembler of frames` {
    private func assembler(keeping bytes: Int = 100) -> FrameAssembler {
        FrameAssembler(channel: ChannelNumber(rawValue: 3), maximumBodyBytes: bytes)
    }

    private func method(tag: UInt64 = 7) -> Frame {
        .deliver(consumer: "c", tag: tag, isRedelivered: true, exchange: "e", routingKey: "k")
    }

    private func header(_ size: Int, messageID: String? = nil, headers: FieldTable = [:]) -> Frame {
        .header(bodySize: size, properties: Message(body: [], messageID: messageID, headers: headers))
    }

    /// Feeds the parts of a body, each in a frame of its own.
    ///
    /// - Returns: The content that each of them completes.
    private func feed(_ parts: [[UInt8]], to assembler: inout FrameAssembler) -> [FrameAssembler.Content?] {
        parts.map { part in part.withUnsafeBytes { assembler.receive(.body($0)) } }
    }

    private func delivery(in content: FrameAssembler.Content?) -> Delivery? {
        guard case .delivery(_, let delivery)? = content else { return nil }
        return delivery
    }

    @Test func `makes one delivery of a method, a header and bodies, and not before the last byte`() {
        var assembler = assembler()
        let early = [assembler.receive(method()), assembler.receive(header(5, messageID: "m", headers: ["a": .null]))]
        let contents = feed([[1, 2], [3, 4], [5]], to: &assembler)
        let isEarly = early.contains { $0 != nil } || contents.dropLast().contains { $0 != nil }
        #expect(!isEarly)
        let content: FrameAssembler.Content? = contents.last ?? nil
        guard case .delivery(let consumer, let delivery)? = content else {
            Issue.record("the last body completes nothing")
            return
        }
        #expect(consumer == "c" && delivery.channel == ChannelNumber(rawValue: 3) && delivery.tag == 7)
        #expect(delivery.isRedelivered && delivery.exchange == "e" && delivery.routingKey == "k")
        #expect(delivery.message == Message(body: [1, 2, 3, 4, 5], messageID: "m", headers: ["a": .null]))
        #expect(delivery.bodySize == 5 && !delivery.isTruncated)
    }

    @Test func `does not wait for a body that is empty`() {
        var assembler = assembler()
        _ = assembler.receive(method())
        let delivery = delivery(in: assembler.receive(header(0)))
        #expect(delivery?.message.body == [] && delivery?.bodySize == 0)
    }

    @Test(
        arguments: [
            ([[1, 2, 3, 4]], 4, [1, 2, 3, 4]), ([[1, 2], [3, 4, 5]], 4, [1, 2, 3, 4]),
            ([[1, 2, 3, 4], [5], [6]], 4, [1, 2, 3, 4]), ([[1], [2]], 0, []),
        ] as [([[UInt8]], Int, [UInt8])])
    func `keeps the beginning of a body up to the limit, and says how large it is`(
        parts: [[UInt8]], limit: Int, kept: [UInt8]
    ) {
        var assembler = assembler(keeping: limit)
        let size = parts.joined().count
        _ = assembler.receive(method())
        _ = assembler.receive(header(size))
        let contents = feed(parts, to: &assembler)
        let isEarly = contents.dropLast().contains { $0 != nil }
        let delivery = delivery(in: contents.last ?? nil)
        #expect(!isEarly && delivery?.message.body == kept)
        #expect(delivery?.bodySize == size && delivery?.isTruncated == (size > limit))
    }

    @Test func `begins each message with nothing of the one before`() {
        var assembler = assembler(keeping: 2)
        var bodies: [[UInt8]?] = []
        for (tag, byte) in zip(UInt64(1)..., [UInt8(8), 9]) {
            _ = assembler.receive(method(tag: tag))
            _ = assembler.receive(header(2, messageID: tag == 1 ? "m" : nil))
            let contents = feed([[byte], [byte]], to: &assembler)
            let delivery = delivery(in: contents.last ?? nil)
            #expect(delivery?.tag == tag && delivery?.message.messageID == (tag == 1 ? "m" : nil))
            bodies.append(delivery?.message.body)
        }
        #expect(bodies == [[8, 8], [9, 9]])
    }

    @Test func `tells of a message that came back, once it is whole`() {
        var assembler = assembler()
        _ = assembler.receive(.returned(replyCode: 312, text: "NO_ROUTE"))
        let early = assembler.receive(header(1, messageID: "m"))
        let content: FrameAssembler.Content? = feed([[1]], to: &assembler).last ?? nil
        guard case .returned(let messageID, let replyCode, let text)? = content else {
            Issue.record("nothing came back")
            return
        }
        let isEarly = early != nil
        #expect(!isEarly && messageID == "m" && replyCode == 312 && text == "NO_ROUTE")
    }

    @Test func `passes over what belongs to no method`() {
        var assembler = assembler()
        let isHeaderTaken = assembler.receive(header(0, headers: ["a": .null])) != nil
        let isBodyTaken = feed([[1]], to: &assembler).contains { $0 != nil }
        #expect(!isHeaderTaken && !isBodyTaken && assembler.lastHeaders == [:])
        _ = assembler.receive(method())
        let isBodyBeforeHeaderTaken = feed([[1]], to: &assembler).contains { $0 != nil }
        let delivery = delivery(in: assembler.receive(header(0)))
        #expect(!isBodyBeforeHeaderTaken && delivery?.message.body == [])
        // What is whole is given once.
        let isGivenAgain = assembler.receive(header(0)) != nil
        #expect(!isGivenAgain)
    }

    @Test func `goes on with a message after other frames of its channel`() {
        var assembler = assembler()
        _ = assembler.receive(method())
        _ = assembler.receive(header(2))
        _ = feed([[1]], to: &assembler)
        for frame in [Frame.ack(tag: 1, multiple: false), .nack(tag: 2, multiple: true), .other] {
            let isTaken = assembler.receive(frame) != nil
            #expect(!isTaken)
        }
        let content: FrameAssembler.Content? = feed([[2]], to: &assembler).last ?? nil
        #expect(delivery(in: content)?.message.body == [1, 2])
    }

    @Test func `remembers the headers of the last message`() {
        var assembler = assembler()
        for headers in [["a": .integer(1)], [:], ["b": .null]] as [FieldTable] {
            _ = assembler.receive(method())
            _ = assembler.receive(header(0, headers: headers))
            #expect(assembler.lastHeaders == headers)
        }
    }
}
