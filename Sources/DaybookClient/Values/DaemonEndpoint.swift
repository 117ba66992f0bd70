import Foundation

/// The address of a daemon, and the token that it asks for.
///
/// Its description has the name and the URL, and never the token.
public struct DaemonEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// The name of the daemon in errors.
    public let name: String
    /// The URL without a slash at its end.
    public let url: String
    /// The bearer token; `nil` for a daemon that asks for none.
    public let token: String?

    /// An endpoint. One without a name is named after its host and port.
    ///
    /// - Throws: ``DaybookClientError/invalidEndpoint(reason:)`` when this is no URL of a daemon, or no header can
    ///   carry the token.
    public init(name: String? = nil, url: String, token: String? = nil) throws(DaybookClientError) {
        let parts = URLComponents(string: url)
        guard let parts, ["http", "https"].contains(parts.scheme?.lowercased()), let host = parts.host, !host.isEmpty
        else { throw .invalidEndpoint(reason: "\(url): expected a URL such as http://127.0.0.1:8080") }
        guard parts.user == nil, parts.query == nil, parts.fragment == nil else {
            throw .invalidEndpoint(reason: "\(host): the URL of a daemon has no user, query or fragment")
        }
        guard token?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
            throw .invalidEndpoint(reason: "\(host): the token has a character that no token may have")
        }
        self.name = name ?? host + (parts.port.map { ":\($0)" } ?? "")
        self.url = String(url.reversed().drop { $0 == "/" }.reversed())
        self.token = token
    }

    public var description: String { "\(name) at \(url)" }
}
