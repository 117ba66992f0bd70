import DaybookService
import Foundation
import TestSupport
import Testing

/// Counts that do not depend on the machine's speed. Whoever makes them worse sees it here, and not in production.
@Suite(.enabled(if: TestBroker.isRunning), .serialized) struct `What daemons cost` {
    private static let commands = 300

    private struct Counts {
        var allocations = 0
        var frames = 0

        init(_ file: URL) throws {
            let bytes = try Data(contentsOf: file)
            let numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
            (allocations, frames) = (Int(numbers[0]), Int(numbers[1]))
        }
    }

    @Test func `a command and its message take so many allocations and frames at most`() async throws {
        try await Deployment.with { deployment in
            let library = deployment.folder.appending(path: "counts.so").path
            let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "counts.c").path
            try await shell("cc", ["-shared", "-fPIC", source, "-o", library])
            func file(_ name: String) -> URL { deployment.folder.appending(path: "\(name).counts") }
            func settings(_ name: String) -> [String: String] {
                ["LD_PRELOAD": library, "DAYBOOK_TEST_COUNTS": file(name).path]
            }
            try await deployment.start(.writer, settings: settings("writer"))
            try await deployment.start(.users, settings: settings("worker"))
            func run(_ range: Range<Int>) async throws {
                for index in range {
                    let body = #"{"email":"a\#(index)@example.com","name":"A"}"#
                    #expect(try await deployment.post("/v1/user/u\(index)/create", body).status == 200)
                }
                try await deployment.waitUntilCurrent(.users, head: Int64(range.upperBound))
            }
            try await run(0..<100)
            let before = (writer: try Counts(file("writer")), worker: try Counts(file("worker")))
            try await run(100..<100 + Self.commands)
            let after = (writer: try Counts(file("writer")), worker: try Counts(file("worker")))
            func each(_ count: Int) -> Double { Double(count) / Double(Self.commands) }
            let command = each(after.writer.allocations - before.writer.allocations)
            let message = each(after.worker.allocations - before.worker.allocations)
            let frames = each(after.writer.frames - before.writer.frames)
            let acknowledgements = each(after.worker.frames - before.worker.frames)
            print("allocations: \(command) a command, \(message) a message; frames: \(frames), \(acknowledgements)")
            // The worker is also asked how far it is, again and again until it has everything.
            #expect(command < 1300 && message < 1500)
            // Method, header and body of each message; an acknowledgement for each at most; heartbeats.
            #expect(frames < 3.1 && acknowledgements < 1.5)
        }
    }

    @Test func `nothing to do costs nothing`() async throws {
        try await Deployment.with { deployment in
            try await deployment.start(.writer)
            try await deployment.start(.users)
            let body = #"{"email":"a@example.com","name":"A"}"#
            #expect(try await deployment.post("/v1/user/u/create", body).status == 200)
            try await deployment.waitUntilCurrent(.users, head: 1)
            try await Task.sleep(for: .seconds(2))
            func spent() throws -> Double {
                try [.writer, .users].reduce(0) { sum, daemon in
                    try sum + #require(deployment.process(daemon)).processorSeconds()
                }
            }
            let (before, seconds) = (try spent(), 10.0)
            try await Task.sleep(for: .seconds(seconds))
            let share = (try spent() - before) / seconds
            print("a writer and a worker without work take \(share * 100) % of a core")
            #expect(share < 0.005)
        }
    }
}
