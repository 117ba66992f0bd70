import CRabbitMQ
import Glibc

extension Connection {
    func declareExchange(_ name: String, kind: String, passive: Bool, on channel: ChannelNumber) throws {
        var arena = Arena()
        let (exchange, type) = (arena.string(name), arena.string(kind))
        _ = try request(on: channel) {
            amqp_exchange_declare($0, channel.rawValue, exchange, type, passive ? 1 : 0, 1, 0, 0, amqp_empty_table)
        }
    }

    func declareQueue(
        _ name: String, arguments: FieldTable, durable: Bool, exclusive: Bool, passive: Bool,
        on channel: ChannelNumber
    ) throws -> QueueStatus {
        var arena = Arena()
        let (queue, table) = (arena.string(name), arena.table(arguments))
        let answer = try request(on: channel) {
            amqp_queue_declare(
                $0, channel.rawValue, queue, passive ? 1 : 0, durable ? 1 : 0, exclusive ? 1 : 0, 0, table
            )?.pointee
        }
        return QueueStatus(
            messageCount: Int(answer?.message_count ?? 0), consumerCount: Int(answer?.consumer_count ?? 0))
    }

    func bindQueue(_ name: String, to source: String, routingKey: String, on channel: ChannelNumber) throws {
        var arena = Arena()
        let (queue, exchange, key) = (arena.string(name), arena.string(source), arena.string(routingKey))
        _ = try request(on: channel) {
            amqp_queue_bind($0, channel.rawValue, queue, exchange, key, amqp_empty_table)
        }
    }

    func unbindQueue(_ name: String, from source: String, routingKey: String, on channel: ChannelNumber) throws {
        var arena = Arena()
        let (queue, exchange, key) = (arena.string(name), arena.string(source), arena.string(routingKey))
        _ = try request(on: channel) {
            amqp_queue_unbind($0, channel.rawValue, queue, exchange, key, amqp_empty_table)
        }
    }

    func purgeQueue(_ name: String, on channel: ChannelNumber) throws {
        var arena = Arena()
        let queue = arena.string(name)
        _ = try request(on: channel) { amqp_queue_purge($0, channel.rawValue, queue) }
    }

    func deleteQueue(_ name: String, on channel: ChannelNumber) throws {
        var arena = Arena()
        let queue = arena.string(name)
        _ = try request(on: channel) { amqp_queue_delete($0, channel.rawValue, queue, 0, 0) }
    }

    func consume(
        _ name: String, prefetch: UInt16, acknowledges: Bool, exclusive: Bool, into deliveries: Deliveries,
        on channel: ChannelNumber
    ) throws {
        if prefetch > 0 {
            _ = try request(on: channel) { amqp_basic_qos($0, channel.rawValue, 0, prefetch, 0) }
        }
        var arena = Arena()
        // The tag is chosen here, so that a message that comes before the broker's answer finds its consumer.
        let tag = "daybook-\(channel.rawValue)-\(channels[channel]?.consumers.count ?? 0)"
        let (queue, consumer) = (arena.string(name), arena.string(tag))
        channels[channel]?.consumers[tag] = deliveries
        _ = try request(on: channel) {
            amqp_basic_consume(
                $0, channel.rawValue, queue, consumer, 0, acknowledges ? 0 : 1, exclusive ? 1 : 0, amqp_empty_table)
        }
    }

    /// Acknowledges on several channels in one go.
    public func acknowledge(_ tags: [(channel: ChannelNumber, tag: UInt64)], multiple: Bool = true) throws {
        let state = try live()
        cork(tags.count > 1)
        defer { cork(false) }
        for (channel, tag) in tags where channels[channel] != nil {
            let status = waitingCall { amqp_basic_ack(state, channel.rawValue, tag, multiple ? 1 : 0) }
            try check(status)
        }
    }

    func enableConfirms(window: Int, on channel: ChannelNumber) throws {
        _ = try request(on: channel) { amqp_confirm_select($0, channel.rawValue) }
        channels[channel]?.confirms = ConfirmWindow()
        channels[channel]?.windowLimit = max(1, window)
    }

    func send(_ publications: [Publication], on channel: ChannelNumber) async throws -> PublishReceipt {
        let receipt = PublishReceipt(count: publications.count)
        cork(publications.count > 1)
        defer { cork(false) }
        for (index, publication) in publications.enumerated() {
            while let state = channels[channel], isBlocked || (state.confirms?.count ?? 0) >= state.windowLimit {
                if state.confirms == nil { throw RabbitMQError(.invalidConfiguration, "confirms are not enabled") }
                try flush()
                cork(false)
                await waitForChange()
                try Task.checkCancellation()
                cork(publications.count - index > 1)
            }
            guard channels[channel] != nil else { throw ending(of: channel) }
            if let reason = try add(publication, on: channel) {
                for rest in index..<publications.count { receipt.settle(rest, .unsendable(reason: reason)) }
                break
            }
            channels[channel]?.confirms?.open((receipt, index), messageID: publication.message.messageID)
        }
        try flush()
        return receipt
    }

    /// Holds back what is written until it fills a segment, or until `false` lets it go: fewer and fuller segments are
    /// less work for both sides.
    private func cork(_ isHeld: Bool) {
        guard isHeld != isCorked else { return }
        isCorked = isHeld
        var flag: Int32 = isHeld ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &flag, socklen_t(MemoryLayout<Int32>.size))
    }

    func publishUnconfirmed(_ publication: Publication, on channel: ChannelNumber) async throws {
        // A broker that blocks reads nothing: a message would stay in the socket until the watchdog ends the connection.
        while isBlocked && channels[channel] != nil {
            await waitForChange()
            try Task.checkCancellation()
        }
        guard channels[channel] != nil else { throw ending(of: channel) }
        if let reason = try add(publication, on: channel) { throw RabbitMQError(.unsendable, reason) }
        try flush()
    }

    /// Keeps a message to be written with others by ``flush()``, or writes it with them now.
    ///
    /// - Returns: Why it cannot be written, if that is so.
    private func add(_ publication: Publication, on channel: ChannelNumber) throws -> String? {
        let (state, body) = (try live(), publication.message.body)
        arena.clear()
        var properties = arena.properties(publication.message)
        var method = amqp_basic_publish_t(
            ticket: 0, exchange: arena.string(publication.exchange),
            routing_key: arena.string(publication.routingKey), mandatory: publication.isMandatory ? 1 : 0,
            immediate: 0)
        if frames.isFull { try flush() }
        // What is encrypted, only the library can write.
        if options.tls == nil && frames.canCarry(body) {
            let status = frames.append(&method, &properties, body, on: channel)
            return status == AMQP_STATUS_OK.rawValue ? nil : unsendableReason(publication)
        }
        try flush()
        // The library would have written the first frame before it finds that the second one does not hold it all.
        guard frames.canCarry(&method, &properties) else { return unsendableReason(publication) }
        let bytes = arena.bytes(body)
        let status = waitingCall {
            amqp_basic_publish(
                state, channel.rawValue, method.exchange, method.routing_key, method.mandatory, 0, &properties, bytes)
        }
        try check(status)
        return nil
    }

    private func unsendableReason(_ publication: Publication) -> String {
        let keyLength = publication.routingKey.utf8.count
        return keyLength > UInt8.max
            ? "its routing key has \(keyLength) bytes, and may have \(UInt8.max)"
            : "its properties do not fit into a frame of \(frames.maximumFrame) bytes"
    }

    /// Writes what was kept. The library knows whether it has closed the socket meanwhile.
    private func flush() throws {
        while !frames.isEmpty {
            let state = try live()
            let status = waitingCall { frames.writeOn(to: amqp_get_sockfd(state)) }
            try check(status)
        }
    }

    private func check(_ status: Int32) throws {
        guard status != AMQP_STATUS_OK.rawValue else { return }
        let error = RabbitMQError(status: status)
        fail(error)
        throw error
    }

    func closeChannel(_ channel: ChannelNumber) {
        guard let state = try? live(), channels[channel] != nil else { return }
        let reply = waitingCall { amqp_channel_close(state, channel.rawValue, AMQP_REPLY_SUCCESS) }
        if let error = RabbitMQError(reply), error.code != .channelClosed { return fail(error) }
        end(channel, RabbitMQError(.channelClosed, "closed by this process"))
    }
}
