import CRabbitMQ

/// One frame, copied out of librabbitmq's memory.
enum Frame {
    case deliver(consumer: String, tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
    case returned(replyCode: Int, text: String)
    case header(bodySize: Int, properties: Message)
    case body(UnsafeRawBufferPointer)
    case ack(tag: UInt64, multiple: Bool)
    case nack(tag: UInt64, multiple: Bool)
    case cancelled(consumer: String)
    case channelClosed(replyCode: Int, text: String)
    case connectionClosed(replyCode: Int, text: String)
    case blocked(reason: String)
    case unblocked
    case other

    /// Copies what is needed; only the bytes of a body stay where they are, until the next frame is read.
    ///
    /// - Parameter headers: Those of the message before it on its channel.
    init(_ frame: amqp_frame_t, after headers: FieldTable? = nil) {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: self = Frame(method: frame.payload.method)
        case AMQP_FRAME_HEADER:
            let properties = frame.payload.properties
            let decoded = properties.decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
            self = .header(
                bodySize: Int(clamping: properties.body_size),
                properties: Message(decoded, after: headers ?? FieldTable()))
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            self = .body(UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
        default: self = .other
        }
    }

    private init(method: amqp_method_t) {
        func decoded<T>(_ type: T.Type) -> T { method.decoded.assumingMemoryBound(to: type).pointee }
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = decoded(amqp_basic_deliver_t.self)
            self = .deliver(
                consumer: String(deliver.consumer_tag), tag: deliver.delivery_tag,
                isRedelivered: deliver.redelivered != 0, exchange: String(deliver.exchange),
                routingKey: String(deliver.routing_key))
        case AMQP_BASIC_RETURN_METHOD:
            let returned = decoded(amqp_basic_return_t.self)
            self = .returned(replyCode: Int(returned.reply_code), text: String(returned.reply_text))
        case AMQP_BASIC_ACK_METHOD:
            let ack = decoded(amqp_basic_ack_t.self)
            self = .ack(tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = decoded(amqp_basic_nack_t.self)
            self = .nack(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case AMQP_BASIC_CANCEL_METHOD:
            self = .cancelled(consumer: String(decoded(amqp_basic_cancel_t.self).consumer_tag))
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = decoded(amqp_channel_close_t.self)
            self = .channelClosed(replyCode: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = decoded(amqp_connection_close_t.self)
            self = .connectionClosed(replyCode: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_BLOCKED_METHOD:
            self = .blocked(reason: String(decoded(amqp_connection_blocked_t.self).reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: self = .unblocked
        default: self = .other
        }
    }
}
