import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird

/// An aggregate with one command.
struct Lamp: Aggregate {
    enum Event: DomainEvent {
        case lit(brightness: Int)
        static let catalogue: [EventDescription<Self>] = [
            EventDescription(.lit(brightness: 3), "It was lit.", since: "1")
        ]
    }
    enum Command: Codable, Sendable { case light(brightness: Int) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "lamp"
    static let commands: [CommandDescription<Command>] = [CommandDescription(.light(brightness: 3), "Lights it.")]

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

/// Answers each operation of the interface with the example of its response, and refuses what is none.
enum ExampleDaemon {
    static let answer: StubAnswer = { try ExampleDaemon.response(to: $0) }

    private static func response(to request: StubRequest) throws -> Response {
        let operations = try WriterAPI.operations + WriterAPI.aggregate(Catalogue(Lamp.self)) + WorkerAPI.operations
        let served = operations.filter { isServed($0, request) }
        guard let operation = served.max(by: { literals(in: $0) < literals(in: $1) }) else {
            return try .problem(ProblemDocument(status: 404, code: "no-such-route", title: request.target))
        }
        let known = Set(operation.parameters.map(\.name))
        guard known.isSuperset(of: request.parameters.keys) else {
            return try .problem(ProblemDocument(status: 400, code: "unknown-parameter", title: request.target))
        }
        let contents = operation.responses[200]?.contents ?? []
        let content = contents.first { $0.mediaType.rawValue == request.headers["accept"] }
        guard let example = try content?.example() else {
            return try .problem(ProblemDocument(status: 406, code: "not-acceptable", title: request.target))
        }
        return .text(example.line + "\n")
    }

    private static func names(in path: String) -> [Substring] { path.split(separator: "/") }

    private static func isServed(_ operation: DaybookAPI.Operation, _ request: StubRequest) -> Bool {
        let served = names(in: operation.path)
        let asked = names(in: request.path)
        guard operation.method.rawValue == request.method.lowercased(), served.count == asked.count else {
            return false
        }
        return zip(served, asked).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }

    private static func literals(in operation: DaybookAPI.Operation) -> Int {
        names(in: operation.path).count { !$0.hasPrefix("{") }
    }
}
