/// The address on which a daemon's HTTP server listens, and what it asks of its clients.
public struct HTTPSettings: Sendable, Equatable {
    /// The address or name to listen on, an IPv6 address without brackets.
    public let host: String
    /// The TCP port to listen on; 0 takes a free one.
    public let port: Int
    /// The bearer token requests must carry, if any.
    public let token: String?

    /// Settings for a server.
    ///
    /// - Throws: `ConfigurationError` if the host can be reached from elsewhere and there is no token.
    public init(host: String, port: Int, token: String?) throws {
        guard token != nil || LoopbackName.isLoopback(host: host) else {
            throw ConfigurationError("http.host \(host) is not loopback: http.token-file is required with it")
        }
        self.host = host
        self.port = port
        self.token = token
    }

    /// Settings from `http.host`, `http.port` and the file `http.token-file` names.
    ///
    /// - Throws: `ConfigurationError` if the keys are not declared, the file cannot be read, or a token is
    ///   needed and not given.
    public init(_ settings: Settings) throws {
        try self.init(
            host: settings.string("http.host"), port: settings.integer("http.port"),
            token: settings.token(inFileNamedBy: "http.token-file"))
    }
}
