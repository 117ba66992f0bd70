import CRabbitMQ

extension RabbitMQError {
    /// The error in a reply; `nil` when there is none.
    init?(_ reply: amqp_rpc_reply_t) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return nil
        case AMQP_RESPONSE_SERVER_EXCEPTION: self = RabbitMQError(exception: reply.reply)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: self = RabbitMQError(status: reply.library_error)
        default: self = RabbitMQError(.connectionClosed, "the broker ended the connection")
        }
    }

    private init(exception: amqp_method_t) {
        switch exception.id {
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = exception.decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            self.init(.channelClosed, String(close.reply_text), replyCode: Int(close.reply_code))
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = exception.decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            self.init(.connectionClosed, String(close.reply_text), replyCode: Int(close.reply_code))
        default: self.init(.connectionClosed, "unexpected method \(exception.id)")
        }
    }

    /// A status code of librabbitmq.
    init(status: Int32) {
        let text = String(cString: amqp_error_string2(status))
        switch status {
        case AMQP_STATUS_TIMEOUT.rawValue: self.init(.timedOut, "the broker did not answer in time")
        case AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue:
            self.init(.connectionClosed, "no sign of life from the broker: heartbeats missed")
        default: self.init(.connectionClosed, text)
        }
    }
}
