import Foundation
public import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// The HTTP server of a daemon.
public struct HTTPService: Service {
    /// The answers to requests, by the routes.
    public let responder: NormalizingResponder<RouterResponder<BasicRequestContext>>
    let settings: HTTPSettings
    let logger: Logger
    let onServerRunning: @Sendable (Int) async -> Void
    /// The time for which a client may send nothing, in a request or between two. Longer than usual clients keep a
    /// connection.
    var idleTimeout = TimeAmount.minutes(2)

    /// Serves until it is told to stop.
    ///
    /// - Throws: ``ListenError`` when the settings name no address that it can listen on.
    public func run() async throws {
        let isListening = Atomic(false)
        let application = Application(
            responder: responder, server: .http1(configuration: .init(idleTimeout: idleTimeout)),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(DescriptorLimit.connections)),
            onServerRunning: { channel in
                isListening.store(true, ordering: .relaxed)
                await onServerRunning(channel.localAddress?.port ?? settings.port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error where !isListening.load(ordering: .relaxed) && !(error is CancellationError) {
            throw ListenError(host: settings.host, port: settings.port, cause: error)
        }
    }
}

/// An address that a daemon cannot listen on.
public struct ListenError: Error, CustomStringConvertible {
    /// The setting `http.host`.
    public let host: String
    /// The setting `http.port`.
    public let port: Int
    /// The system's error.
    public let cause: any Error

    /// The settings, the cause and the way out.
    public var description: String {
        let number = (cause as? IOError)?.errnoCode
        let reason = number.map { String(cString: strerror($0)) } ?? "\(cause)"
        let advice =
            switch number {
            case EADDRINUSE: "stop what listens there, or set another http.port"
            case EACCES: "set an http.port from 1024, or start as a user who may"
            default: "set http.host to an address of this machine"
            }
        return "http.host \(host), http.port \(port): cannot listen there: \(reason): \(advice)"
    }
}
