import Glibc

/// One keep-alive connection to a daemon on loopback. Never blocks, and is used on one thread.
///
/// It reads no more of HTTP than the daemons write: a status line, `Content-Length` and a body.
final class HTTPConnection {
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    let descriptor: Int32
    private var input: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 16 << 10)

    private static let contentLength = Array("content-length:".utf8)

    /// - Throws: When nobody listens on the port.
    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw BenchError("no socket: error \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
        }
        guard status == 0 else { throw BenchError("cannot connect to port \(port): error \(errno)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw BenchError("fcntl: error \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends a request. One is on its way at a time, so that it always fits into the socket's buffer.
    func send(_ request: [UInt8]) throws {
        let count = request.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count == request.count else { throw BenchError("cannot send: error \(errno)") }
    }

    /// Takes what has come; the answer once it is whole.
    func receive() throws -> Answer? {
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                input += chunk[..<count]
                if count < chunk.count { break }
            } else if count < 0 && errno == EINTR {
                continue
            } else if count < 0 && errno == EAGAIN {
                break
            } else {
                throw BenchError("the daemon closed a connection")
            }
        }
        return try takeAnswer()
    }

    private func takeAnswer() throws -> Answer? {
        guard let head = headLength() else { return nil }
        guard head > 12, let status = number(in: input[9..<12]), let length = bodyLength(head) else {
            throw BenchError("not an answer: \(String(decoding: input[..<head], as: UTF8.self))")
        }
        guard input.count >= head + length else { return nil }
        let answer = Answer(status: status, body: Array(input[head..<head + length]))
        input.removeFirst(head + length)
        return answer
    }

    /// The length of status line and headers, once they are whole.
    private func headLength() -> Int? {
        var at = 3
        while at < input.count {
            if input[at] == 10 && input[at - 1] == 13 && input[at - 2] == 10 { return at + 1 }
            at += 1
        }
        return nil
    }

    private func bodyLength(_ head: Int) -> Int? {
        let name = Self.contentLength
        var at = 0
        while at + name.count < head {
            if at > 0, input[at - 1] == 10, name.indices.allSatisfy({ input[at + $0] | 0x20 == name[$0] | 0x20 }) {
                let rest = input[(at + name.count)..<head]
                return number(in: rest.drop { $0 == 32 }.prefix { $0 != 13 })
            }
            at += 1
        }
        return nil
    }

    private func number(in digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        var value = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int(digit) - 48
        }
        return value
    }
}
