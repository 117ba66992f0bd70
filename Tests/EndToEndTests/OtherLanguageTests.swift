import DaybookService
import Foundation
import TestSupport
import Testing

/// The interpreter of the tests' own virtual environment, which `deploy/test` makes.
private let python = ProcessInfo.processInfo.environment["DAYBOOK_TEST_PYTHON"]

/// Python leaves nothing beside the sources.
private let withoutBytecode = ["PYTHONDONTWRITEBYTECODE": "1"]

@Suite(.enabled(if: TestBroker.isRunning && python != nil)) struct `A consumer in another language` {
    @Test func `reads valid CloudEvents with offsets in order, whatever happens to the writer`() async throws {
        let python = try #require(python)
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            // What the document promises is what comes.
            let documents = deployment.folder.appending(path: "docs").path
            try await shell(Deployment.program("daybook"), ["schema", "docs", "--output", documents])
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "consumer.py").path
            let consumer = try ChildProcess(
                python, [script, deployment.brokerURL, "600", "\(documents)/asyncapi.json"],
                environment: withoutBytecode,
                log: deployment.folder.appending(path: "consumer.log"))
            try await eventually("the consumer is bound") { consumer.output.contains("ready") }
            for index in 0..<200 {
                let user = "/v1/user/u\(index)"
                let create = #"{"email":"u\#(index)@example.com","name":"U"}"#
                #expect(try await deployment.post("\(user)/create", create).status == 200)
                #expect(try await deployment.post("\(user)/deactivate", #"{"reason":"left"}"#).status == 200)
                #expect(try await deployment.post("\(user)/reactivate", #"{"reason":"came back"}"#).status == 200)
                if index % 50 == 49 {
                    await deployment.kill(.writer)
                    try await deployment.start(.writer)
                }
            }
            #expect(await consumer.wait() == 0, "\(consumer.output)")
            #expect(consumer.output.contains(#""user.created": 200"#))
        }
    }
}

/// It needs no broker, and nothing but the interpreter.
@Suite struct `The order in which a consumer in another language takes events` {
    @Test func `is that of the offsets, also where some come too early and again`() async throws {
        let program = """
            import sys
            sys.path.insert(0, sys.argv[1])
            from order import Order
            order = Order()
            # The broker has refused 2 of partition 0: all from there on come again.
            taken = [offset for offset in [1, 3, 4, 2, 3, 3, 4] if order.takes(0, offset)]
            print(taken, order.takes(1, 2), order.takes(1, 1), order.early, order.repeats)
            """
        let folder = URL(filePath: #filePath).deletingLastPathComponent().path
        let output = try await shell("python3", ["-c", program, folder], environment: withoutBytecode)
        #expect(output == "[1, 2, 3, 4] False True 3 1\n")
    }
}
