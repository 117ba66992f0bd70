import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Events that are read` {
    /// The positions of all events in a sequence.
    private func positions(_ events: EventSequence) async throws -> [Int64] {
        var positions: [Int64] = []
        for try await event in events { positions.append(event.document.position.rawValue) }
        return positions
    }

    /// The error at which reading ends, with the positions before it.
    private func failure(
        reading events: EventSequence
    ) async throws -> (positions: [Int64], error: DaybookClientError?) {
        var positions: [Int64] = []
        do {
            for try await event in events { positions.append(event.document.position.rawValue) }
            return (positions, nil)
        } catch let error as DaybookClientError {
            return (positions, error)
        }
    }

    private func store(_ head: Int64) -> StubAnswer {
        return { request in try .lines(SampleEvents.events(for: request, head: head)) }
    }

    /// Answers every request with these events.
    private func answer(_ events: [EventResponse]) -> StubAnswer {
        return { _ in try .lines(events) }
    }

    @Test func `come page by page, each after the last one and of the same log`() async throws {
        try await StubDaemon.run(answering: store(1001)) { daemon in
            let found = try await positions(daemon.writer.events())
            let all: [Int64] = Array(1...1001)
            #expect(found == all)
            let targets = daemon.requests.map(\.target)
            #expect(
                targets == [
                    "/v1/events?after=0&limit=1000", "/v1/events?after=\(SampleEvents.epoch)%2F1000&limit=1000",
                ])
            #expect(daemon.requests.allSatisfy { $0.headers["accept"] == "application/x-ndjson" })
        }
    }

    @Test func `come as pages, too`() async throws {
        try await StubDaemon.run(answering: store(1001)) { daemon in
            let place = EventPlace(epoch: SampleEvents.epoch, position: 1)
            var sizes: [Int] = []
            for try await page in daemon.writer.events(after: place).pages { sizes.append(page.count) }
            #expect(sizes == [1000] && daemon.requests.count == 2)
        }
    }

    @Test func `of a stream are read up to a limit`() async throws {
        try await StubDaemon.run(answering: store(1001)) { daemon in
            let events = daemon.writer.events(of: StreamName(stored: "box-1"), after: 2, limit: 3, withStates: true)
            let found = try await positions(events)
            #expect(found == [3, 4, 5])
            #expect(daemon.requests.map(\.target) == ["/v1/streams/box-1?after=2&limit=3&states=true"])
        }
    }

    @Test func `are none where there are none`() async throws {
        try await StubDaemon.run(answering: store(0)) { daemon in
            let found = try await positions(daemon.writer.events())
            #expect(found.isEmpty && daemon.requests.count == 1)
        }
    }

    @Test func `may be several that were stored as one`() async throws {
        let parts = [1, 1, 2, 3, 3, 3].map { SampleEvents.event($0) }
        try await StubDaemon.run(answering: answer(parts)) { daemon in
            let events = daemon.writer.events(of: StreamName(stored: "box-1"), limit: 3)
            let found = try await positions(events)
            #expect(found == [1, 1, 2, 3, 3, 3] && daemon.requests.count == 1)
        }
    }

    @Test(arguments: [[0], [2], [4, 3], [3, 5, 4]] as [[Int64]])
    func `are refused when they are not in order`(order: [Int64]) async throws {
        let events = order.map { SampleEvents.event($0) }
        try await StubDaemon.run(answering: answer(events)) { daemon in
            let (positions, error) = try await failure(reading: daemon.writer.events(after: EventPlace(position: 2)))
            #expect(positions.isEmpty && error?.description.contains("its events are not in order") == true)
        }
    }

    @Test func `are refused when they are of another log than those before`() async throws {
        let replaced: StubAnswer = { request in
            let events = SampleEvents.events(for: request, head: 1500)
            if events.first?.position == 1 { return try .lines(events) }
            let others = events.map { SampleEvents.event($0.position.rawValue, of: SampleEvents.otherEpoch) }
            return try .lines(others)
        }
        try await StubDaemon.run(answering: replaced) { daemon in
            let (positions, error) = try await failure(reading: daemon.writer.events())
            #expect(positions.count == 1000 && error?.description.contains("of another log") == true)
        }
        try await StubDaemon.run(answering: store(3)) { daemon in
            let place = EventPlace(epoch: SampleEvents.otherEpoch, position: 1)
            let (positions, error) = try await failure(reading: daemon.writer.events(after: place))
            #expect(positions.isEmpty && error?.description.contains("of another log") == true)
        }
    }

    @Test func `are refused when their response breaks off`() async throws {
        let line = try json(SampleEvents.event(1))
        for text in [line + "\n", String(line.prefix(20))] {
            let breaking: StubAnswer = { _ in .brokenOff(after: text) }
            try await StubDaemon.run(answering: breaking) { daemon in
                let (positions, error) = try await failure(reading: daemon.writer.events())
                guard positions.isEmpty, case .unreachable? = error else {
                    Issue.record("\(positions), \(String(describing: error))")
                    return
                }
            }
        }
    }

    @Test func `end at an error, as all sequences do`() async throws {
        let strange: StubAnswer = { _ in .text("{}\n") }
        try await StubDaemon.run(answering: strange) { daemon in
            var events = daemon.writer.events().makeAsyncIterator()
            do {
                _ = try await events.next()
                Issue.record("it was an event")
            } catch is DaybookClientError {}
            let more = try await events.next()
            #expect(more == nil && daemon.requests.count == 1)
        }
    }

    @Test func `have a head`() async throws {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("Daybook-Epoch"))] = "\(SampleEvents.epoch)"
        headers[try #require(HTTPField.Name("Daybook-Head"))] = "7"
        let telling: StubAnswer = { [headers] _ in .text("", headers: headers) }
        try await StubDaemon.run(answering: telling) { daemon in
            let head = try await daemon.writer.head()
            #expect(head == EventPlace(epoch: SampleEvents.epoch, position: 7))
            #expect(daemon.requests.map(\.method) == ["HEAD"])
        }
        let silent: StubAnswer = { _ in .text("") }
        try await StubDaemon.run(answering: silent) { daemon in
            _ = await #expect(throws: DaybookClientError.self) { _ = try await daemon.writer.head() }
        }
    }
}
