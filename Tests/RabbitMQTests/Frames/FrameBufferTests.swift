import CRabbitMQ
import Foundation
import Synchronization
import Testing

@testable import RabbitMQ

@Suite struct `A buffer of frames` {
    private final class Received: Sendable {
        let bodies = Mutex<[[UInt8]]>([])
    }

    @Test func `is written whole to a peer that reads slowly`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        var room: Int32 = 4096
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, 4)
        let bodies = [0, 1, 30_000, 131_064].map { size in (0..<size).map { UInt8($0 % 251) } }
        let (reader, received, isRead) = (ends[1], Received(), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            received.bodies.withLock { $0 = Self.bodies(of: bodies.count, from: reader) }
            isRead.signal()
        }
        var frames = FrameBuffer(maximumFrame: 131_072)
        for body in bodies {
            var (method, properties) = (amqp_basic_publish_t(), amqp_basic_properties_t())
            let (fits, status) = (
                frames.canCarry(body), frames.append(&method, &properties, body, on: ChannelNumber(rawValue: 1))
            )
            #expect(fits && status == 0)
        }
        let (isFull, fits) = (frames.isFull, frames.canCarry([UInt8](repeating: 7, count: 131_065)))
        #expect(isFull && !fits)
        var steps = 0
        while !frames.isEmpty {
            let status = frames.writeOn(to: ends[0])
            try #require(status == 0)
            steps += 1
        }
        #expect(steps > 10)
        try #require(isRead.wait(timeout: .now() + .seconds(20)) == .success)
        let areWhole = received.bodies.withLock { $0 == bodies }
        #expect(areWhole)
        for end in ends { close(end) }
    }

    @Test func `takes nothing of a message that cannot be encoded`() {
        var frames = FrameBuffer()
        var (method, properties) = (amqp_basic_publish_t(), amqp_basic_properties_t())
        let status = String(repeating: "k", count: 256).withCString { key in
            method.routing_key = amqp_cstring_bytes(key)
            return frames.append(&method, &properties, [1], on: ChannelNumber(rawValue: 1))
        }
        let isEmpty = frames.isEmpty
        #expect(status < 0 && isEmpty)
    }

    @Test func `says so when nobody reads any more`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        close(ends[1])
        var frames = FrameBuffer()
        var (method, properties) = (amqp_basic_publish_t(), amqp_basic_properties_t())
        _ = frames.append(&method, &properties, [1], on: ChannelNumber(rawValue: 1))
        let status = frames.writeOn(to: ends[0])
        #expect(status == AMQP_STATUS_SOCKET_ERROR.rawValue)
        close(ends[0])
    }

    /// Reads messages as their frames say, a little at a time.
    private static func bodies(of count: Int, from descriptor: Int32) -> [[UInt8]] {
        var unread: [UInt8] = []
        func take(_ count: Int) -> [UInt8] {
            while unread.count < count {
                var piece = [UInt8](repeating: 0, count: 3000)
                let read = recv(descriptor, &piece, piece.count, 0)
                if read > 0 { unread += piece[..<read] } else { usleep(1000) }
            }
            defer { unread.removeFirst(count) }
            return Array(unread[..<count])
        }
        func frame(_ type: Int32) -> [UInt8] {
            let head = take(7)
            #expect(head[..<3] == [UInt8(type), 0, 1])
            let payload = take(head[3...].reduce(0) { $0 << 8 | Int($1) })
            #expect(take(1) == [UInt8(AMQP_FRAME_END)])
            return payload
        }
        var bodies: [[UInt8]] = []
        for _ in 0..<count {
            #expect(frame(AMQP_FRAME_METHOD)[..<4] == [0, 60, 0, 40])
            let size = frame(AMQP_FRAME_HEADER)[4..<12].reduce(0) { $0 << 8 | Int($1) }
            bodies.append(size == 0 ? [] : frame(AMQP_FRAME_BODY))
            #expect(bodies.last?.count == size)
        }
        return bodies
    }
}
