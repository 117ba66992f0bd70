import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A batch of commands` {
    private let refusal = ProblemDocument(status: 503, code: "too-many-changes", title: "Service Unavailable")

    private func result(_ line: Int) -> BatchResponse { .result(BatchResult(line: line, response: .example)) }

    /// What a writer receives that is sent these commands.
    private func sent(
        _ send: @escaping @Sendable (WriterClient) -> BatchResponses
    ) async throws -> StubRequest? {
        let answer: StubAnswer = { _ in .text("") }
        return try await StubDaemon.run(answering: answer) { daemon in
            for try await _ in send(daemon.writer) {}
            return daemon.requests.first
        }
    }

    /// The responses in a text of the writer's, and the error at which they end.
    private func received(in text: String) async throws -> ([BatchResponse], DaybookClientError?) {
        let answer: StubAnswer = { _ in .text(text) }
        return try await StubDaemon.run(answering: answer) { daemon in
            var responses: [BatchResponse] = []
            do {
                for try await response in daemon.writer.responses(to: [CommandMessage("light", to: "lamp")]) {
                    responses.append(response.document)
                }
            } catch let error as DaybookClientError {
                return (responses, error)
            }
            return (responses, nil)
        }
    }

    @Test func `is sent a line each, with what the commands were given`() async throws {
        var first = CommandMessage("light", to: "lamp", id: "a", body: EncodedJSON(Array("{ \"on\":\r\n1.0 }".utf8)))
        first.expected = .exactly(3)
        first.idempotencyKey = "key"
        first.actor = "ada"
        first.correlationID = "c"
        first.causationID = "d"
        first.metadata = ["tenant": "acme"]
        first.isLenient = true
        var (second, third) = (CommandMessage("dim", to: "lamp"), CommandMessage("dim", to: "lamp", id: "b"))
        second.expected = .noStream
        third.expected = .streamExists
        let commands = [first, second, third]
        let request = try #require(try await sent { $0.responses(to: commands) })
        #expect(request.method == "POST" && request.target == "/v1/commands")
        #expect(request.headers["content-type"] == "application/x-ndjson")
        #expect(request.headers["accept"] == "application/x-ndjson")
        let expected = """
            {"actor":"ada","body":{ "on":  1.0 },"category":"lamp","causationId":"d","command":"light",\
            "correlationId":"c","expectedVersion":3,"id":"a","idempotencyKey":"key","lenient":true,\
            "metadata":{"tenant":"acme"}}
            {"body":{},"category":"lamp","command":"dim","exists":false}
            {"body":{},"category":"lamp","command":"dim","exists":true,"id":"b"}

            """
        #expect(request.body == expected)
    }

    @Test func `is sent as its commands come, or as its bytes are`() async throws {
        let commands = AsyncStream(CommandMessage.self) { continuation in
            for name in ["a", "b"] { continuation.yield(CommandMessage(name, to: "lamp", id: "1")) }
            continuation.finish()
        }
        let lines = try await sent { $0.responses(toStream: commands) }?.body.split(separator: "\n")
        #expect(lines?.count == 2 && lines?.last?.contains(#""command":"b""#) == true)
        let pieces = AsyncStream([UInt8].self) { continuation in
            for piece in ["{ \"categ", "ory\":", "1}\n\n{"] { continuation.yield(Array(piece.utf8)) }
            continuation.finish()
        }
        #expect(try await sent { $0.responses(toLines: pieces) }?.body == "{ \"category\":1}\n\n{")
    }

    @Test func `of many commands is sent whole`() async throws {
        let commands = (1...2000).map { CommandMessage("dim", to: "lamp", id: "\($0)") }
        let lines = try await sent { $0.responses(to: commands) }?.body.split(separator: "\n")
        #expect(lines?.count == 2000 && lines?.last?.contains(#""id":"2000""#) == true)
    }

    @Test func `has the responses as they are done, each with its outcome`() async throws {
        let refused = BatchResponse.problem(BatchProblem(line: 1, status: 503, retryAfter: 2, problem: refusal))
        let (responses, error) = try await received(in: try "\(json(result(2)))\n\(json(refused))\n")
        #expect(responses == [result(2), refused] && responses.map(\.line) == [2, 1] && error == nil)
        #expect(try responses[0].get() == .example)
        #expect(throws: DaybookClientError.problem(refusal, retryAfter: .seconds(2))) { try responses[1].get() }
    }

    @Test func `that the writer ends early fails behind its last response`() async throws {
        let end = BatchResponse.problem(BatchProblem(status: 503, problem: refusal))
        let (responses, error) = try await received(in: try "\(json(result(1)))\n\(json(end))\n")
        #expect(responses == [result(1)] && error == .problem(refusal, retryAfter: nil))
    }

    @Test func `that is refused as a whole fails`() async throws {
        let answer: StubAnswer = { [refusal] _ in try .problem(refusal) }
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                for try await _ in daemon.writer.responses(to: [CommandMessage("dim", to: "lamp")]) {}
            }
            #expect(error == .problem(refusal, retryAfter: nil))
        }
    }

    @Test func `whose commands cannot be had fails, and says why`() async throws {
        struct Torn: Error {}
        let pieces = AsyncThrowingStream([UInt8].self) { $0.finish(throwing: Torn()) }
        let error = await #expect(throws: DaybookClientError.self) {
            _ = try await sent { $0.responses(toLines: pieces) }
        }
        #expect(error == .invalidRequest(reason: "the commands cannot be read: Torn()"))
    }
}
