import DaybookAPI
import Foundation
public import Hummingbird

/// The target of a request as RFC 3986 compares them: what need not be percent-encoded is not (section 6.2.2.2). So
/// routes, rights and the names of parameters see one spelling, and a reserved character that is encoded stays a part
/// of its segment until ``Hummingbird/RequestContext/pathParameter(_:)`` decodes it. `+` stands for itself.
enum RequestTarget {
    /// - Returns: `nil` when what is encoded is malformed, or something is no UTF-8.
    static func normalized(_ target: String) -> String? {
        guard target.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 >= 0x80 }) else { return target }
        // Bytes that are no UTF-8 come as U+FFFD.
        guard !target.unicodeScalars.contains("\u{FFFD}") else { return nil }
        guard target.removingPercentEncoding != nil else { return nil }
        var normal: [UInt8] = []
        var rest = Array(target.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let octet = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                isUnreserved(octet)
            {
                normal.append(octet)
                rest.removeFirst(2)
            } else {
                normal.append(byte)
            }
        }
        return String(decoding: normal, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}

/// Gives the router each request with its target in normal form.
public struct NormalizingResponder<Inner: HTTPResponder>: HTTPResponder {
    let inner: Inner

    /// The inner responder's answer.
    public func respond(to request: Request, context: Inner.Context) async throws -> Response {
        // A malformed one goes on as it is: `TargetGuard` refuses it, after those who look at where it comes from.
        guard let target = request.head.path, let normal = RequestTarget.normalized(target), normal != target else {
            return try await inner.respond(to: request, context: context)
        }
        var head = request.head
        head.path = normal
        return try await inner.respond(to: Request(head: head, body: request.body), context: context)
    }
}

/// Refuses targets that are malformed, and paths with an empty segment, which the router would pass over: a variable
/// that is empty in a script would send the request to another route.
struct TargetGuard: RequestGuard {
    /// - Throws: `Problem` 400 with code `malformed-target`; 404.
    func check(_ request: Request, for route: String?) throws {
        guard RequestTarget.normalized(request.head.path ?? "") != nil else { throw Problem.malformedTarget }
        guard !Self.hasEmptySegment(request.uri.path) else { throw Problem.noSuchRoute(request) }
    }

    private static func hasEmptySegment(_ path: String) -> Bool {
        var last = UInt8(ascii: "/")
        for byte in path.utf8.dropFirst() {
            if byte == UInt8(ascii: "/") && last == byte { return true }
            last = byte
        }
        return last == UInt8(ascii: "/")
    }
}

extension RequestContext {
    /// The text in the path where the route has `{name}`, percent-decoded.
    ///
    /// - Throws: `Problem` 400 when it is malformed; `HTTPError` when the route has no such name.
    public func pathParameter(_ name: String) throws -> String {
        let text = try parameters.require(name)
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        guard let decoded = text.removingPercentEncoding else { throw Problem.malformedTarget }
        return decoded
    }
}

extension Problem {
    fileprivate static let malformedTarget = Problem(
        code: .malformedTarget,
        detail: "a percent sign in a path or query is followed by two hexadecimal digits, and all of it is UTF-8")
}
