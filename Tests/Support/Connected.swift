import Foundation

/// Connects to a server on this machine and sends a text. A read ends after 20 seconds without a byte.
///
/// - Returns: The descriptor, to be closed by whoever gets it.
/// - Throws: `POSIXError`.
public func connected(to port: Int, sending text: String) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    let bytes = Array(text.utf8)
    guard connected == 0, write(descriptor, bytes, bytes.count) == bytes.count else {
        defer { close(descriptor) }
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    return descriptor
}
