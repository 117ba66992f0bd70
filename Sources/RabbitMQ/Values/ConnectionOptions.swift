import Foundation

/// The address of a broker, and the way to talk to it.
///
/// ``init(url:)`` reads `amqp://` and `amqps://` URLs with percent-encoded user, password and virtual host, as all
/// AMQP clients write them. ``description`` leaves the password out.
public struct ConnectionOptions: Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var user: String
    public var password: String
    public var virtualHost: String
    public var tls: TLSOptions?
    /// Seconds between heartbeats. A peer that is silent for two of them is taken for dead.
    public var heartbeatSeconds: Int = 10
    /// Seconds to wait for a connection, and for each answer to a request.
    public var timeoutSeconds: Int = 10
    /// Bytes of a body that are kept; the rest of a larger one is read and dropped.
    public var maximumBodyBytes: Int = 16 << 20
    /// Shown in the broker's list of connections.
    public var name: String = "daybook"

    public init(
        host: String = "127.0.0.1", port: Int = 5672, user: String = "guest", password: String = "guest",
        virtualHost: String = "/", tls: TLSOptions? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.virtualHost = virtualHost
        self.tls = tls
    }

    public var description: String {
        let scheme = tls == nil ? "amqp" : "amqps"
        let vhost = virtualHost.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? virtualHost
        return "\(scheme)://\(user)@\(host.contains(":") ? "[\(host)]" : host):\(port)/\(vhost)"
    }
}

/// The options needed to trust a broker over TLS 1.2 or later, and to be trusted by it.
public struct TLSOptions: Sendable {
    /// PEM file with the certificates that are trusted. There is no default.
    public var authorityFile: String
    /// PEM file with this client's certificate, if the broker asks for one.
    public var certificateFile: String?
    /// PEM file with the key of `certificateFile`.
    public var keyFile: String?
    /// `true` when the broker's certificate must name the host that was connected to. Only DNS names are compared.
    public var verifiesHostName: Bool
    /// `true` when the client certificate is also the login (SASL EXTERNAL) instead of user and password.
    public var authenticatesByCertificate: Bool

    public init(
        authorityFile: String, certificateFile: String? = nil, keyFile: String? = nil,
        verifiesHostName: Bool = true, authenticatesByCertificate: Bool = false
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifiesHostName = verifiesHostName
        self.authenticatesByCertificate = authenticatesByCertificate
    }
}
