import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A command` {
    private static let body = #"{ "on": 1.0 }"#
    private let command = CommandMessage("light", to: "lamp", id: "a/b", body: EncodedJSON(Array(Self.body.utf8)))
    private let taking: StubAnswer = { _ in try .document(CommandResponse.example) }

    /// The same command with an idempotency key.
    private var keyed: CommandMessage {
        var keyed = command
        keyed.idempotencyKey = "key"
        return keyed
    }

    /// Sends a command to a writer that takes it.
    private func sent(_ command: CommandMessage) async throws -> StubRequest? {
        try await StubDaemon.run(answering: taking) { daemon in
            _ = try await daemon.writer.send(command)
            return daemon.requests.first
        }
    }

    /// Answers with 503 as often as it is told to, and then with success.
    private func refusing(_ count: Int, retryAfter: String? = "0") throws -> StubAnswer {
        var headers = HTTPFields()
        headers[.retryAfter] = retryAfter
        let problem = ProblemDocument(status: 503, code: "too-many-changes", title: "Service Unavailable")
        return failing(count, with: try .problem(problem, headers: headers))
    }

    /// Gives this answer as often as it is told to, and then success.
    private func failing(_ count: Int, with failure: Response) -> StubAnswer {
        let tries = Tries()
        return { _ in
            if tries.next() <= count { return failure }
            return try .document(CommandResponse.example)
        }
    }

    // MARK: Requests

    @Test func `is sent byte for byte to its aggregate`() async throws {
        let request = try #require(try await sent(command))
        #expect(request.method == "POST" && request.target == "/v1/lamp/a%2Fb/light")
        #expect(request.body == Self.body && request.headers["content-type"] == "application/json")
        let names = ["if-match", "if-none-match", "idempotency-key", "daybook-actor", "prefer", "daybook-metadata"]
        #expect(names.allSatisfy { request.headers[$0] == nil })
    }

    @Test func `is sent with what it was given`() async throws {
        var command = try CommandMessage("light", to: "lamp", payload: ["brightness": 3])
        command.expected = .exactly(3)
        command.idempotencyKey = "key"
        command.actor = "ada"
        command.correlationID = "c"
        command.causationID = "d"
        command.metadata = ["tenant": "acme"]
        command.isLenient = true
        let request = try #require(try await sent(command))
        #expect(request.target == "/v1/lamp/light" && request.body == #"{"brightness":3}"#)
        let expected = [
            "if-match": "\"3\"", "idempotency-key": "key", "daybook-actor": "ada", "daybook-correlation-id": "c",
            "daybook-causation-id": "d", "daybook-metadata": #"{"tenant":"acme"}"#, "prefer": "handling=lenient",
        ]
        for (name, value) in expected { #expect(request.headers[name] == value, "\(name)") }
    }

    @Test func `says what its stream must be`() async throws {
        let headers: [(ExpectedVersion, String)] = [(.noStream, "if-none-match"), (.streamExists, "if-match")]
        for (expected, name) in headers {
            var conditional = command
            conditional.expected = expected
            let request = try await sent(conditional)
            #expect(request?.headers[name] == "*")
        }
    }

    @Test func `of a domain goes by its coding key`() async throws {
        let request = try await sent(CommandMessage(encoding: Lamp.Command.light(brightness: 3), to: "lamp"))
        #expect(request?.target == "/v1/lamp/light" && request?.body == #"{"brightness":3}"#)
    }

    @Test func `is not sent with a header that HTTP cannot carry, or to nobody`() async throws {
        var forged = command
        forged.actor = "ada\r\nDaybook-Metadata: {}"
        var nobody = command
        nobody.id = ""
        let commands = [forged, nobody]
        try await StubDaemon.run(answering: taking) { daemon in
            for command in commands {
                let error = await #expect(throws: DaybookClientError.self) { try await daemon.writer.send(command) }
                guard case .invalidRequest? = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            #expect(daemon.requests.isEmpty)
        }
    }

    // MARK: Retries

    @Test func `with a key is sent again with it when the writer asks for that`() async throws {
        try await StubDaemon.run(answering: refusing(2)) { daemon in
            let response = try await daemon.writer.send(keyed)
            #expect(response.document == CommandResponse.example && daemon.requests.count == 3)
            #expect(daemon.requests.allSatisfy { $0.headers["idempotency-key"] == "key" && $0.body == Self.body })
        }
    }

    @Test func `with a key is sent again when no response came`() async throws {
        try await StubDaemon.run(answering: failing(1, with: .brokenOff(after: "{"))) { daemon in
            let response = try await daemon.writer.send(keyed)
            #expect(response.document == CommandResponse.example && daemon.requests.count == 2)
        }
    }

    @Test func `without a key is sent once only`() async throws {
        try await StubDaemon.run(answering: refusing(1)) { daemon in
            let error = await #expect(throws: DaybookClientError.self) { try await daemon.writer.send(command) }
            #expect(error?.code == "too-many-changes" && daemon.requests.count == 1)
        }
    }

    @Test func `gets a key when it is to be tried again`() async throws {
        try await StubDaemon.run(answering: refusing(1)) { daemon in
            let retries = RetryPolicy(attempts: 2, shortestWait: .milliseconds(1))
            _ = try await daemon.writer.send(command, retries: retries)
            let keys = daemon.requests.map { $0.headers["idempotency-key"] ?? "" }
            #expect(keys.count == 2 && Set(keys).count == 1)
            #expect(UniqueID(keys[0])?.time != nil)
        }
    }

    @Test func `is sent as often as it is allowed, and the last refusal is told`() async throws {
        try await StubDaemon.run(answering: refusing(9)) { daemon in
            for (retries, count) in [(nil, 3), (RetryPolicy.never, 4)] as [(RetryPolicy?, Int)] {
                let error = await #expect(throws: DaybookClientError.self) {
                    try await daemon.writer.send(keyed, retries: retries)
                }
                #expect(error?.status == 503 && daemon.requests.count == count)
            }
        }
    }

    @Test(arguments: [nil, "2", "Wed, 21 Oct 2099 07:28:00 GMT"])
    func `is not sent again when the writer asks for no attempt, or for a later one`(retryAfter: String?) async throws {
        try await StubDaemon.run(answering: refusing(1, retryAfter: retryAfter)) { daemon in
            let error = await #expect(throws: DaybookClientError.self) { try await daemon.writer.send(keyed) }
            #expect(error?.status == 503 && daemon.requests.count == 1)
        }
    }
}

/// Counts attempts.
private final class Tries: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
