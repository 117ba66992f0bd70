import DaybookService
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A daemon that cannot listen` {
    private func service(
        on host: String, _ port: Int, onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> HTTPService {
        let settings = try HTTPSettings(host: host, port: port, token: "secret")
        let router = daemonRouter(settings: settings, registry: PrometheusRegistry(), checks: [])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return httpService(router: router, settings: settings, logger: logger, onServerRunning: onServerRunning)
    }

    @Test func `names the settings, the cause and the way out`() async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let first = try service(on: "127.0.0.1", 0) { port.yield($0) }
        let running = Task {
            defer { port.finish() }
            try await first.run()
        }
        defer { running.cancel() }
        var taken = ports.makeAsyncIterator()
        let number = try #require(await taken.next())
        let error = await #expect(throws: ListenError.self) { try await service(on: "127.0.0.1", number).run() }
        #expect(
            error?.description == """
                http.host 127.0.0.1, http.port \(number): cannot listen there: Address already in use: stop what \
                listens there, or set another http.port
                """)
    }

    @Test func `is told when the address is none of this machine`() async throws {
        let error = await #expect(throws: ListenError.self) { try await service(on: "192.0.2.1", 0).run() }
        #expect(error?.description.hasSuffix("set http.host to an address of this machine") == true)
    }
}
