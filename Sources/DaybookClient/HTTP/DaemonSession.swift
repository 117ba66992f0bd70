public import AsyncHTTPClient
import NIOCore

/// Connections to daemons, which any number of clients may share.
public struct DaemonSession: Sendable {
    let client: HTTPClient

    /// A session over an HTTP client that is the caller's, who shuts it down. Make it with ``configuration``.
    public init(over client: HTTPClient) { self.client = client }

    /// The configuration of an HTTP client for daemons: five seconds to connect, a minute without a byte, and no
    /// redirects.
    public static var configuration: HTTPClient.Configuration {
        // A live tail that says nothing for this long is dead: the writer sends comments in between.
        let timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(60))
        // A token is for the daemon of its endpoint and nobody else.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        // A daemon that is not there should be reported at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Runs `body` with a session whose connections are closed when it ends.
    ///
    /// - Throws: The error of `body`.
    public static func run<Result: Sendable>(
        _ body: (DaemonSession) async throws -> Result
    ) async throws -> Result {
        try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            try await body(DaemonSession(over: client))
        }
    }
}
