import ArgumentParser
import Testing

@testable import DaybookCLI

@Suite(.timeLimit(.minutes(1))) struct `A command that gets no response` {
    private static let success = """
        HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\nConnection: close\r\n\r\n\
        {"id":"ada","version":1}
        """

    /// Sends a command to a writer that ends the first connection without a response.
    private func send(to server: ScriptedServer, _ options: String...) async throws {
        let address = ["--writer", "http://127.0.0.1:\(server.port)"]
        let command = try CategoryCommand.parse(["user", "create", "name=Ada"] + address + options)
        try await command.run()
    }

    @Test func `is sent again with its key`() async throws {
        let server = try ScriptedServer(["", Self.success])
        try await send(to: server, "--key", "once")
        #expect(server.requests.count == 2)
        #expect(server.requests.allSatisfy { $0.lowercased().contains("idempotency-key: once") })
    }

    @Test func `is not sent again without one`() async throws {
        let server = try ScriptedServer(["", Self.success])
        let error = await #expect(throws: ExitCode.self) { try await send(to: server) }
        #expect(error?.rawValue == DaybookCLI.ExitStatus.unavailable.rawValue && server.requests.count == 1)
    }
}
