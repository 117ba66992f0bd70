import CRabbitMQ
import Glibc
public import Logging
import Synchronization

/// One connection to a RabbitMQ broker on a thread of its own.
///
/// librabbitmq does nothing in the background and belongs to one thread at a time, so this actor's executor is that
/// thread: it runs the actor's jobs, reads what arrived and keeps the heartbeat. Once ended, a connection stays ended;
/// ``withReconnectingConnection(_:backoff:logger:_:)`` opens the next one.
public actor Connection {
    /// What the rest of this type's files share.
    struct ChannelState {
        var assembler: FrameAssembler
        var consumers: [String: Deliveries] = [:]
        var confirms: ConfirmWindow<(receipt: PublishReceipt, index: Int)>?
        var windowLimit = 0
    }

    private let thread: ConnectionThread
    private let watchdog: Watchdog
    private var watch: Task<Void, Never>?
    let options: ConnectionOptions
    let logger: Logger
    /// The events of the connection besides messages. One task may iterate.
    public nonisolated let events: AsyncStream<ConnectionEvent>
    private let eventContinuation: AsyncStream<ConnectionEvent>.Continuation

    private var state: amqp_connection_state_t?
    var descriptor: Int32 = -1
    private(set) var failure: RabbitMQError?
    private(set) var isBlocked = false
    private var lastChannel: UInt16 = 0
    var channels: [ChannelNumber: ChannelState] = [:]
    /// The reason why channels have ended that the connection has outlived.
    private var endings: [ChannelNumber: RabbitMQError] = [:]
    /// `true` when the socket holds back what is written.
    var isCorked = false
    /// For one publication after the other.
    var arena = Arena()
    /// For publications that are written together. Empty whenever something else may be written.
    var frames = FrameBuffer()
    private let waitingSenders = Mutex<[CheckedContinuation<Void, Never>]>([])
    /// The time when the broker was last listened to, and as much later as it has kept calls waiting since.
    private var listenedAt = ContinuousClock.now

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(_ options: ConnectionOptions, logger: Logger) throws {
        self.options = options
        self.logger = logger
        thread = try ConnectionThread.start()
        watchdog = Watchdog(limit: .seconds(2 * max(options.heartbeatSeconds, options.timeoutSeconds)))
        (events, eventContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    isolated deinit {
        watch?.cancel()
        if let state { amqp_destroy_connection(state) }
        eventContinuation.finish()
        thread.stop()
    }

    /// Connects and logs in.
    ///
    /// - Throws: ``RabbitMQError`` with `connectFailed`, `authenticationFailed` or `timedOut`.
    public static func open(_ options: ConnectionOptions, logger: Logger) async throws -> Connection {
        let connection = try Connection(options, logger: logger)
        try await connection.connect()
        return connection
    }

    /// Ends the connection in good order. The broker gives unacknowledged messages back to their queues.
    public func close() {
        guard let state, failure == nil else { return }
        // A broker that does not answer the farewell is not waited for.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        amqp_set_rpc_timeout(state, &limit)
        _ = call { amqp_connection_close(state, AMQP_REPLY_SUCCESS) }
        fail(RabbitMQError(.connectionClosed, "closed by this process"))
    }

    private func connect() throws {
        let (state, descriptor) = try Handshake(options).perform()
        self.state = state
        self.descriptor = descriptor
        frames = FrameBuffer(maximumFrame: Int(amqp_get_frame_max(state)))
        watch = Task.detached { [watchdog] in await watchdog.run() }
        listenedAt = .now
        thread.setPump { [weak self] in
            guard let self else { return ConnectionThread.Interest() }
            return self.assumeIsolated { $0.pump() }
        }
    }

    // MARK: Calls into librabbitmq

    /// Runs a call into the library while the watchdog looks on.
    func call<Result>(_ body: () -> Result) -> Result { watchdog.guarding(descriptor, body) }

    /// The same for a call that may wait for the broker. That is no standing still: this process does what it can.
    func waitingCall<Result>(_ body: () -> Result) -> Result {
        let start = ContinuousClock.now
        defer { listenedAt += ContinuousClock.now - start }
        return call(body)
    }

    /// The connection for the next call.
    func live() throws -> amqp_connection_state_t {
        if let failure { throw failure }
        guard let state else { throw RabbitMQError(.connectionClosed, "the connection is not open") }
        return state
    }

    /// The reason why nothing can be done on a channel that is not open.
    func ending(of channel: ChannelNumber) -> RabbitMQError {
        failure ?? endings[channel] ?? RabbitMQError(.channelClosed, "the channel is closed")
    }

    /// Runs a request that the broker answers, and tells how it was answered.
    func request<Result>(on channel: ChannelNumber, _ body: (amqp_connection_state_t) -> Result) throws -> Result {
        let state = try live()
        guard channels[channel] != nil else { throw ending(of: channel) }
        let (result, reply) = waitingCall {
            let result = body(state)
            return (result, amqp_get_rpc_reply(state))
        }
        guard let error = RabbitMQError(reply) else { return result }
        if error.code == .channelClosed {
            end(channel, error)
        } else {
            fail(error)
        }
        throw error
    }

    /// The number of channels that the broker lets this connection open, in all its life: numbers are not used again.
    public var channelLimit: Int {
        get throws {
            let limit = Int(amqp_get_channel_max(try live()))
            return limit > 0 ? limit : Int(UInt16.max)
        }
    }

    /// Opens the next channel.
    ///
    /// - Throws: ``RabbitMQError`` with `invalidConfiguration` when the broker allows no more of them.
    func openNextChannel() throws -> ChannelNumber {
        let (state, limit) = (try live(), try channelLimit)
        guard lastChannel < limit else {
            throw RabbitMQError(
                .invalidConfiguration, "the broker allows \(limit) channels on a connection (channel_max)")
        }
        lastChannel += 1
        let number = ChannelNumber(rawValue: lastChannel)
        channels[number] = ChannelState(
            assembler: FrameAssembler(channel: number, maximumBodyBytes: options.maximumBodyBytes))
        do {
            _ = try request(on: number) { _ in amqp_channel_open(state, number.rawValue) }
        } catch {
            channels[number] = nil
            throw error
        }
        return number
    }

    // MARK: The pump

    /// Reads what has arrived, at most a few hundred frames so that jobs get their turn.
    private func pump() -> ConnectionThread.Interest {
        guard let state, failure == nil else { return ConnectionThread.Interest() }
        guard !wasFrozen() else {
            let reason = "this process stood still for longer than the heartbeat: others may have its messages by now"
            // What came before and was not taken is of the past too.
            for channel in channels.values { for deliveries in channel.consumers.values { deliveries.discard() } }
            fail(RabbitMQError(.connectionClosed, reason))
            return ConnectionThread.Interest()
        }
        var chunk = DeliveryChunk()
        defer { chunk.handOver() }
        for _ in 0..<1024 {
            var frame = amqp_frame_t()
            var none = timeval(tv_sec: 0, tv_usec: 0)
            let status = call { amqp_simple_wait_frame_noblock(state, &frame, &none) }
            if status == AMQP_STATUS_TIMEOUT.rawValue {
                return .init(descriptor: descriptor, timeout: Int32(options.heartbeatSeconds * 500))
            }
            guard status == AMQP_STATUS_OK.rawValue else {
                fail(RabbitMQError(status: status))
                return ConnectionThread.Interest()
            }
            let channel = ChannelNumber(rawValue: frame.channel)
            receive(Frame(frame, after: channels[channel]?.assembler.lastHeaders), on: channel, &chunk)
            guard failure == nil else { return ConnectionThread.Interest() }
            amqp_maybe_release_buffers_on_channel(state, frame.channel)
        }
        return .init(descriptor: descriptor, timeout: 0)
    }

    /// `true` when the broker may have given this connection up meanwhile. What still lies in the socket is then of the
    /// past: it must not be taken for messages that are this process's.
    private func wasFrozen() -> Bool {
        let before = listenedAt
        listenedAt = .now
        return listenedAt - before > .seconds(options.heartbeatSeconds)
    }

    private func receive(_ frame: Frame, on channel: ChannelNumber, _ chunk: inout DeliveryChunk) {
        switch frame {
        case .deliver, .returned, .header, .body:
            switch channels[channel]?.assembler.receive(frame) {
            case .delivery(let consumer, let delivery):
                if let target = channels[channel]?.consumers[consumer] { chunk.append(delivery, to: target) }
            case .returned(let messageID, let code, let text):
                channels[channel]?.confirms?.markReturned(messageID: messageID, replyCode: code, text: text)
            case nil: break
            }
        case .ack(let tag, let multiple): settle(tag, multiple: multiple, isNack: false, on: channel)
        case .nack(let tag, let multiple): settle(tag, multiple: multiple, isNack: true, on: channel)
        case .cancelled(let consumer):
            let queue = channels[channel]?.consumers.removeValue(forKey: consumer)
            chunk.handOver()
            queue?.finish(RabbitMQError(.consumerCancelled, "the broker cancelled the consumer: is its queue gone?"))
        case .channelClosed(let code, let text):
            chunk.handOver()
            end(channel, RabbitMQError(.channelClosed, text, replyCode: code))
        case .connectionClosed(let code, let text):
            chunk.handOver()
            acknowledgeClose()
            fail(RabbitMQError(.connectionClosed, text, replyCode: code))
        case .blocked(let reason):
            isBlocked = true
            eventContinuation.yield(.blocked(reason: reason))
        case .unblocked:
            isBlocked = false
            eventContinuation.yield(.unblocked)
            wakeSenders()
        case .other: break
        }
    }

    private func settle(_ tag: UInt64, multiple: Bool, isNack: Bool, on channel: ChannelNumber) {
        let settled = channels[channel]?.confirms?.settle(tag: tag, multiple: multiple, isNack: isNack) ?? []
        for (token, outcome) in settled { token.receipt.settle(token.index, outcome) }
        if !settled.isEmpty { wakeSenders() }
    }

    // MARK: Waiting and ending

    /// Waits for something to change: room in a window, the end of a block, the end of the connection, or the
    /// cancellation of some sender. Whoever waits looks again for itself.
    func waitForChange() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waitingSenders.withLock { $0.append(continuation) }
                if Task.isCancelled { wakeSenders() }
            }
        } onCancel: {
            wakeSenders()
        }
    }

    private nonisolated func wakeSenders() {
        let waiting = waitingSenders.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func acknowledgeClose() {
        guard let state else { return }
        var ok = amqp_connection_close_ok_t()
        _ = call { amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok) }
    }

    /// Ends one channel; the connection lives on.
    func end(_ number: ChannelNumber, _ error: RabbitMQError) {
        guard let channel = channels.removeValue(forKey: number) else { return }
        endings[number] = error
        if let state, error.replyCode != nil {
            var ok = amqp_channel_close_ok_t()
            _ = call { amqp_send_method(state, number.rawValue, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok) }
        }
        release(channel, error)
        wakeSenders()
    }

    /// Ends the connection: everyone who waits on it is told why.
    func fail(_ error: RabbitMQError) {
        guard failure == nil else { return }
        failure = error
        let ended = channels.values
        channels = [:]
        for channel in ended { release(channel, error) }
        wakeSenders()
        watch?.cancel()
        if let state { amqp_destroy_connection(state) }
        state = nil
        descriptor = -1
        eventContinuation.yield(.closed(error))
        eventContinuation.finish()
        logger.debug("connection ended", metadata: ["broker": "\(options)", "error": "\(error)"])
    }

    private func release(_ channel: ChannelState, _ error: RabbitMQError) {
        for deliveries in channel.consumers.values { deliveries.finish(error) }
        for token in channel.confirms?.openTokens ?? [] { token.receipt.fail(error) }
    }
}
