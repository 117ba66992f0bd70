import Foundation
import Synchronization

/// A server on this machine that gives one answer to each connection, in turn, and ends it. An empty answer is none.
final class ScriptedServer: Sendable {
    let port: Int
    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    /// The requests so far, as they came.
    var requests: [String] { received.withLock { $0 } }

    /// - Throws: `POSIXError`.
    init(_ answers: [String]) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, size) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, raw, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        // Not on a thread that tasks run on, which the client needs.
        Thread.detachNewThread { [self] in
            for answer in answers { serve(answer) }
        }
    }

    deinit { close(descriptor) }

    private func serve(_ answer: String) {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(connection, &buffer, buffer.count, 0)
        let request = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        received.withLock { $0.append(request) }
        guard !answer.isEmpty else { return }
        let bytes = Array(answer.utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(connection, Int32(SHUT_WR))
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }
}
