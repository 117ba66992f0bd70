import Daybook
import DaybookService
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore

@testable import DaybookWriter

/// What the tests of a writer's routes send commands to.
struct Parcel: Aggregate {
    enum Event: DomainEvent {
        case sent(to: String)
        case lost
    }
    enum Command: Codable, Sendable {
        case send(to: Address)
        case lose

        struct Address: Codable, Sendable { var street: String }
    }
    enum Failure: DomainFailure {
        case notSent
        case unreachable(street: String, towns: [String], kilometres: Double, code: String)
    }

    static let category: StreamCategory = "parcel"
    static let retiredMembers: [String: Set<String>] = ["send": ["express", "to.zip"]]
    var street: String?

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .send(let address):
            guard address.street != "nowhere" else {
                throw .unreachable(street: "nowhere", towns: ["a", "b"], kilometres: 1.5, code: "mine")
            }
            return [.sent(to: address.street)]
        case .lose:
            guard street != nil else { throw .notSent }
            return [.lost]
        }
    }

    mutating func apply(_ event: Event) {
        if case .sent(let street) = event { self.street = street }
    }
}

/// Runs `body` against the routes of a writer of parcels, without a socket.
func withParcels(
    _ store: any EventStore = InMemoryStore(), _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    let settings = try HTTPSettings(host: "127.0.0.1", port: 0, token: nil)
    let registry = PrometheusRegistry()
    let router = daemonRouter(settings: settings, registry: registry, checks: [])
    let handler = CommandHandler(Parcel.self)
    let routes = CommandRoutes(source: Source("parcels"), epoch: .new())
    let served = handler.served(store, 10, nil)
    routes.add(handler, served, to: router)
    let metrics = BatchMetrics(factory: registry)
    BatchRoute(served: [Parcel.category: served], execution: routes.execution, metrics: metrics).add(to: router)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let responder = httpService(router: router, settings: settings, logger: logger).responder
    try await Application(responder: responder, logger: logger).test(.router, body)
}

extension TestClientProtocol {
    /// Sends a command.
    func send(_ path: String, _ body: String = "", headers: HTTPFields = [:]) async throws -> TestResponse {
        try await execute(uri: "/v1/parcel/\(path)", method: .post, headers: headers, body: ByteBuffer(string: body))
    }
}
