/// Puts the frames of one channel together: method, header, then as many bodies as the header announced.
///
/// Pure: it is fed frames and answers with whole contents.
struct FrameAssembler {
    /// A content that has arrived whole.
    enum Content {
        case delivery(consumer: String, Delivery)
        case returned(messageID: String?, replyCode: Int, text: String)
    }

    private enum Head {
        case deliver(consumer: String, tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
        case returned(replyCode: Int, text: String)
    }

    private let channel: ChannelNumber
    private let maximumBodyBytes: Int
    private var head: Head?
    private var message: Message?
    private var bodySize = 0
    private var received = 0
    /// The headers of the last message: those of the next one mostly have the same names.
    private(set) var lastHeaders = FieldTable()

    init(channel: ChannelNumber, maximumBodyBytes: Int) {
        self.channel = channel
        self.maximumBodyBytes = maximumBodyBytes
    }

    /// Takes the next frame of the channel; answers with the content that it completes, if it completes one.
    mutating func receive(_ frame: Frame) -> Content? {
        switch frame {
        case .deliver(let consumer, let tag, let isRedelivered, let exchange, let routingKey):
            head = .deliver(
                consumer: consumer, tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey)
        case .returned(let replyCode, let text): head = .returned(replyCode: replyCode, text: text)
        case .header(let size, let properties):
            guard head != nil else { return nil }
            (message, bodySize, received) = (properties, size, 0)
            lastHeaders = properties.headers
            message?.body.reserveCapacity(min(size, maximumBodyBytes))
            return size == 0 ? finish() : nil
        case .body(let bytes):
            guard message != nil else { return nil }
            let kept = max(0, min(bytes.count, maximumBodyBytes - received))
            message?.body.append(contentsOf: bytes.prefix(kept))
            received += bytes.count
            return received >= bodySize ? finish() : nil
        default: break
        }
        return nil
    }

    private mutating func finish() -> Content? {
        guard let head, let message else { return nil }
        self.head = nil
        self.message = nil
        switch head {
        case .returned(let code, let text):
            return .returned(messageID: message.messageID, replyCode: code, text: text)
        case .deliver(let consumer, let tag, let isRedelivered, let exchange, let routingKey):
            let delivery = Delivery(
                channel: channel, tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey,
                message: message, bodySize: bodySize)
            return .delivery(consumer: consumer, delivery)
        }
    }
}
