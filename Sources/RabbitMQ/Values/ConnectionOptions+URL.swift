import Foundation

extension ConnectionOptions {
    /// Reads `amqp[s]://[user[:password]@]host[:port][/vhost][?option=value&…]`.
    ///
    /// Options: `heartbeat` and `connection_timeout` (seconds), `cacertfile`, `certfile`, `keyfile`,
    /// `verify=verify_none` (no host-name check), `auth_mechanism=external`. Without a path, or with an empty one, the
    /// virtual host is `/`.
    ///
    /// - Throws: ``RabbitMQError`` with `invalidConfiguration`; its message never repeats the URL.
    public init(url: String) throws(RabbitMQError) {
        let secure: Bool
        let rest: Substring
        if let plain = url.dropping(prefix: "amqp://") {
            (secure, rest) = (false, plain)
        } else if let tls = url.dropping(prefix: "amqps://") {
            (secure, rest) = (true, tls)
        } else {
            throw Self.invalid("the URL must begin with amqp:// or amqps://")
        }
        let (location, query) = rest.divided(atFirst: "?")
        let (authority, path) = location.divided(atFirst: "/")
        let (userInfo, address) = authority.dividedAtLastAt()
        self.init()
        if let userInfo {
            let (name, secret) = userInfo.divided(atFirst: ":")
            user = try Self.decoded(name, "user")
            password = try Self.decoded(secret ?? "", "password")
        }
        (host, port) = try Self.address(address, defaultPort: secure ? 5671 : 5672)
        if let path, !path.isEmpty { virtualHost = try Self.decoded(path, "virtual host") }
        try apply(query: query ?? "", secure: secure)
    }

    private static func address(_ text: Substring, defaultPort: Int) throws(RabbitMQError) -> (host: String, port: Int)
    {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            if !tail.isEmpty { port = tail.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard let port, !port.isEmpty else {
            return (host.isEmpty ? "127.0.0.1" : try decoded(host, "host"), defaultPort)
        }
        guard let number = Int(port), (1...65535).contains(number) else {
            throw invalid("the port must be a number from 1 to 65535")
        }
        return (host.isEmpty ? "127.0.0.1" : try decoded(host, "host"), number)
    }

    private mutating func apply(query: Substring, secure: Bool) throws(RabbitMQError) {
        var options: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let (name, value) = pair.divided(atFirst: "=")
            options[String(name)] = try Self.decoded(value ?? "", "option \(name)")
        }
        if let value = options.removeValue(forKey: "heartbeat") {
            heartbeatSeconds = try Self.seconds(value, "heartbeat")
        }
        if let value = options.removeValue(forKey: "connection_timeout") {
            timeoutSeconds = try Self.seconds(value, "connection_timeout")
        }
        if secure {
            guard let authority = options.removeValue(forKey: "cacertfile") else {
                throw Self.invalid("amqps:// needs the option cacertfile: there are no default authorities")
            }
            tls = TLSOptions(authorityFile: authority)
            tls?.certificateFile = options.removeValue(forKey: "certfile")
            tls?.keyFile = options.removeValue(forKey: "keyfile")
            tls?.verifiesHostName = options.removeValue(forKey: "verify") != "verify_none"
            tls?.authenticatesByCertificate = options.removeValue(forKey: "auth_mechanism") == "external"
        }
        if let unknown = options.keys.min() { throw Self.invalid("unknown option \(unknown)") }
    }

    private static func seconds(_ text: String, _ name: String) throws(RabbitMQError) -> Int {
        guard let value = Int(text), (1...3600).contains(value) else {
            throw invalid("\(name) must be a number of seconds from 1 to 3600")
        }
        return value
    }

    private static func decoded(_ text: Substring, _ part: String) throws(RabbitMQError) -> String {
        guard let value = String(text).removingPercentEncoding, !value.utf8.contains(0) else {
            throw invalid("the \(part) is not validly percent-encoded")
        }
        return value
    }

    private static func invalid(_ message: String) -> RabbitMQError {
        RabbitMQError(.invalidConfiguration, "broker URL: \(message)")
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate func dropping(prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }

    fileprivate func divided(atFirst separator: Character) -> (Substring, Substring?) {
        guard let index = firstIndex(of: separator) else { return (self[...], nil) }
        return (self[..<index], self[self.index(after: index)...])
    }

    fileprivate func dividedAtLastAt() -> (Substring?, Substring) {
        guard let index = lastIndex(of: "@") else { return (nil, self[...]) }
        return (self[..<index], self[self.index(after: index)...])
    }
}
