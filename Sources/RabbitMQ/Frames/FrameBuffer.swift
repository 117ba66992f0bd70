import CRabbitMQ
import Glibc

/// Messages as the frames that carry them, to be written together.
///
/// librabbitmq writes every frame by itself, three for each message: those calls into the kernel would be a fifth of
/// what a relay costs. Here it only encodes them.
struct FrameBuffer: ~Copyable {
    private let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Self.enough + Self.largestMethod + 2 * Self.largestFrame, alignment: 16)
    private var used = 0
    private var written = 0
    private var frameStart = 0
    /// The most bytes of a frame, as agreed with the broker.
    let maximumFrame: Int

    /// What is written at once, about.
    private static let enough = 64 << 10
    /// Two texts of at most 255 bytes and some flags.
    private static let largestMethod = 1 << 10
    /// Every broker takes the first, and none is asked for more than the second.
    private static let (leastFrame, largestFrame) = (4 << 10, 128 << 10)
    /// The text before a frame's payload, and behind it.
    private static let (head, end) = (7, 1)

    init(maximumFrame: Int = leastFrame) {
        self.maximumFrame = max(Self.leastFrame, min(maximumFrame, Self.largestFrame))
    }

    deinit { block.deallocate() }

    var isEmpty: Bool { written == used }

    /// `true` when it should be written before anything is added.
    var isFull: Bool { used > Self.enough }

    /// `true` when one frame has room for this body. Others are not for this buffer.
    func canCarry(_ body: [UInt8]) -> Bool { body.count <= maximumFrame - Self.head - Self.end }

    /// Adds a message.
    ///
    /// - Returns: A status of librabbitmq; unless it is good, nothing was added.
    mutating func append(
        _ method: inout amqp_basic_publish_t, _ properties: inout amqp_basic_properties_t, _ body: [UInt8],
        on channel: ChannelNumber
    ) -> Int32 {
        let before = used
        var status = encode(&method, &properties, body.count, on: channel)
        if status >= 0 && !body.isEmpty {
            begin(AMQP_FRAME_BODY, on: channel)
            body.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: block[used...]).copyMemory(from: $0) }
            status = finish(Int32(body.count))
        }
        if status < 0 { used = before }
        return min(status, AMQP_STATUS_OK.rawValue)
    }

    /// `true` when the frames before a body have room for what describes a message.
    mutating func canCarry(
        _ method: inout amqp_basic_publish_t, _ properties: inout amqp_basic_properties_t
    ) -> Bool {
        let before = used
        defer { used = before }
        return encode(&method, &properties, 0, on: ChannelNumber(rawValue: 0)) >= 0
    }

    private mutating func encode(
        _ method: inout amqp_basic_publish_t, _ properties: inout amqp_basic_properties_t, _ bodySize: Int,
        on channel: ChannelNumber
    ) -> Int32 {
        begin(AMQP_FRAME_METHOD, on: channel)
        put(AMQP_BASIC_PUBLISH_METHOD)
        let status = finish(amqp_encode_method(AMQP_BASIC_PUBLISH_METHOD, &method, room))
        guard status >= 0 else { return status }
        begin(AMQP_FRAME_HEADER, on: channel)
        put(UInt16(AMQP_BASIC_CLASS))
        put(UInt16(0))
        put(UInt64(bodySize))
        return finish(amqp_encode_properties(UInt16(AMQP_BASIC_CLASS), &properties, room))
    }

    /// Writes what there is room for, or waits for room.
    ///
    /// - Returns: A status of librabbitmq.
    mutating func writeOn(to descriptor: Int32) -> Int32 {
        let rest = UnsafeRawBufferPointer(rebasing: block[written..<used])
        let count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        if count >= 0 {
            written += count
            if isEmpty { (written, used) = (0, 0) }
        } else if errno == EAGAIN {
            var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&writable, 1, -1)
        } else if errno != EINTR {
            return AMQP_STATUS_SOCKET_ERROR.rawValue
        }
        return AMQP_STATUS_OK.rawValue
    }

    // MARK: One frame: its type, channel and size, the payload, a mark

    private mutating func begin(_ type: Int32, on channel: ChannelNumber) {
        frameStart = used
        put(UInt8(type))
        put(channel.rawValue)
        put(UInt32(0))
    }

    private mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes in
            UnsafeMutableRawBufferPointer(rebasing: block[used...]).copyMemory(from: bytes)
            used += bytes.count
        }
    }

    /// The place where the rest of a payload may be written.
    private var room: amqp_bytes_t {
        amqp_bytes_t(
            len: maximumFrame - (used - frameStart) - Self.end, bytes: block.baseAddress.map { $0 + used })
    }

    /// - Parameter size: Of the rest of the payload, or a status of librabbitmq.
    private mutating func finish(_ size: Int32) -> Int32 {
        guard size >= 0 else { return size }
        used += Int(size)
        let payload = UInt32(used - frameStart - Self.head)
        let place = frameStart + Self.head - MemoryLayout<UInt32>.size
        block.storeBytes(of: payload.bigEndian, toByteOffset: place, as: UInt32.self)
        put(UInt8(AMQP_FRAME_END))
        return size
    }
}
