import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Parked events that are read` {
    @Test func `come page by page, each after the place that the one before names`() async throws {
        let places = ["": "w/0/1", "w/0/1": "w/0/2"]
        let answer: StubAnswer = { request in
            let next = places[request.parameters["after"] ?? ""]
            return try .document(ParkedResponse(parked: next == nil ? [] : [.example], next: next))
        }
        try await StubDaemon.run(answering: answer) { daemon in
            var counts: [Int] = []
            for try await page in daemon.worker.projection("users").parked(inStreams: "user-a") {
                counts.append(page.document.parked.count)
            }
            #expect(counts == [1, 1, 0])
            let root = "/v1/projections/users/parked?limit=1000&stream=user-a"
            #expect(
                daemon.requests.map(\.target) == [root, "\(root)&after=w%2F0%2F1", "\(root)&after=w%2F0%2F2"])
        }
    }

    @Test func `are refused when their pages do not go on`() async throws {
        let page = ParkedResponse(parked: [], next: "w/0/1")
        let answer: StubAnswer = { _ in try .document(page) }
        try await StubDaemon.run(answering: answer) { daemon in
            var count = 0
            do {
                for try await _ in daemon.worker.projection("users").parked(includesWaiting: true) { count += 1 }
                Issue.record("they went on")
            } catch let error as DaybookClientError {
                #expect(error.description.contains("its pages do not go on"))
            }
            #expect(count == 1 && daemon.requests.count == 2)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Rows that are read` {
    private let lines: [RowsResponse] = [.progress(.example), .head(.example), .row(.example), .end(.example)]

    /// The rows of a response, and the error at which reading ends.
    private func rows(
        of response: @escaping StubAnswer
    ) async throws -> (lines: [Received<RowsResponse>], error: DaybookClientError?) {
        try await StubDaemon.run(answering: response) { daemon in
            var lines: [Received<RowsResponse>] = []
            do {
                for try await line in daemon.worker.projection("users").rows() { lines.append(line) }
                return (lines, nil)
            } catch let error as DaybookClientError {
                return (lines, error)
            }
        }
    }

    @Test func `come in their order, with the lines that they were sent in`() async throws {
        let (read, error) = try await rows { [lines] _ in try .lines(lines) }
        #expect(read.map(\.document) == lines && error == nil)
        let texts = try lines.map { try json($0) }
        #expect(read.map(\.text) == texts)
    }

    @Test func `are not all there without an end`() async throws {
        let some = Array(lines.dropLast())
        let (read, error) = try await rows { _ in try .lines(some) }
        #expect(read.count == 3 && error?.description.contains("it broke off") == true)
    }

    @Test func `end with the problem that comes instead of the end`() async throws {
        let problem = ProblemDocument(status: 404, code: "no-such-table", title: "Not Found")
        let some = Array(lines.dropLast()) + [RowsResponse.problem(RowsProblem(problem: problem))]
        let (read, error) = try await rows { _ in try .lines(some) }
        #expect(read.count == 3 && error == .problem(problem, retryAfter: nil))
    }

    @Test func `are those of a table, as they were at a moment`() async throws {
        let time = try #require(Timestamp("2026-11-01"))
        let offsets: [Lane: Offset] = [
            Lane(source: "w", partition: Partition(0)): 12, Lane(source: "w", partition: Partition(1)): 7,
        ]
        let answer: StubAnswer = { [lines] _ in try .lines(lines) }
        try await StubDaemon.run(answering: answer) { daemon in
            let users = daemon.worker.projection("users")
            for rows in [users.rows(at: .time(time), of: "users"), users.rows(at: .places(offsets))] {
                for try await _ in rows {}
            }
            let root = "/v1/projections/users/query"
            #expect(
                daemon.requests.map(\.target) == [
                    "\(root)?at=2026-11-01T00%3A00%3A00.000000Z&table=users",
                    "\(root)?offsets=w%2Fp00%3D12%2Cw%2Fp01%3D7",
                ])
        }
    }
}
