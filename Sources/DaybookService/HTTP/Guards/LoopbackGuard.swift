import DaybookAPI
import Hummingbird

/// Keeps web pages away from a server without a token that listens on loopback.
///
/// A browser on the same machine reaches loopback too. The Host header gives away a foreign name that resolves
/// to this machine (DNS rebinding), the Origin header gives away a page from elsewhere.
struct LoopbackGuard: RequestGuard {
    /// - Throws: `Problem` 403 with code `foreign-host` or `foreign-origin`.
    func check(_ request: Request, for route: String?) throws {
        guard let authority = request.head.authority, LoopbackName.isLoopback(authority: authority) else {
            throw Problem(
                code: .foreignHost,
                detail: "the Host header must be localhost, 127.0.0.1 or [::1]")
        }
        for origin in request.headers[values: .origin] where !LoopbackName.isLoopback(origin: origin) {
            throw Problem(code: .foreignOrigin, detail: "requests from other origins are refused")
        }
    }
}

/// Tells which names mean this machine.
enum LoopbackName {
    /// `true` when an address to listen on can be reached from this machine only.
    static func isLoopback(host: String) -> Bool {
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        if octets.count == 4, octets.first == 127, !octets.contains(nil) { return true }
        return host.lowercased() == "localhost" || host == "::1"
    }

    /// `true` when a Host header, with or without a port, names this machine.
    static func isLoopback(authority: String) -> Bool {
        let authority = authority.lowercased()
        return ["localhost", "127.0.0.1", "[::1]"].contains { name in
            guard authority.hasPrefix(name) else { return false }
            let port = authority.dropFirst(name.count)
            return port.isEmpty || (port.first == ":" && UInt16(port.dropFirst()) != nil)
        }
    }

    /// `true` when an Origin header names a page served by this machine.
    static func isLoopback(origin: String) -> Bool {
        let origin = origin.lowercased()
        return ["http://", "https://"].contains { scheme in
            origin.hasPrefix(scheme) && isLoopback(authority: String(origin.dropFirst(scheme.count)))
        }
    }
}
