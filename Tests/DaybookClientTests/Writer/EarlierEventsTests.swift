import Daybook
import DaybookAPI
import HTTPTypes
import Hummingbird
import Testing

@testable import DaybookClient

@Suite(.timeLimit(.minutes(1))) struct `Events that are read backwards` {
    private let epoch = SampleEvents.epoch

    /// Events with these positions, and the place of the next page.
    private static func page(_ positions: [Int64], next: String? = nil) throws -> Response {
        var headers = HTTPFields()
        if let next, let name = HTTPField.Name("Daybook-Next") { headers[name] = next }
        return .text(try positions.map { try json(SampleEvents.event($0)) + "\n" }.joined(), headers: headers)
    }

    /// A store with this head.
    private func store(_ head: Int64) -> StubAnswer {
        return { request in
            let place = request.parameters["before"].flatMap { EventPlace($0) }
            let end = place?.position.rawValue ?? head + 1
            let count = Int64(request.parameters["limit"] ?? request.parameters["last"] ?? "") ?? 100
            let first = max(1, end - count)
            return try Self.page(Array(first..<end), next: first > 1 ? "\(SampleEvents.epoch)/\(first)" : nil)
        }
    }

    @Test func `come page by page, each before the last one and of the same log`() async throws {
        try await StubDaemon.run(answering: store(2100)) { daemon in
            var pages: [[Int64]] = []
            for try await page in daemon.writer.earlierEvents() {
                pages.append(page.map(\.document.position.rawValue))
            }
            #expect(pages == [Array(1101...2100), Array(101...1100), Array(1...100)])
            #expect(
                daemon.requests.map(\.target) == [
                    "/v1/events?last=1000", "/v1/events?before=\(epoch)%2F1101&limit=1000",
                    "/v1/events?before=\(epoch)%2F101&limit=1000",
                ])
        }
    }

    @Test func `are as many as were asked for, of a stream too`() async throws {
        try await StubDaemon.run(answering: store(50)) { daemon in
            let filter = EventFilter(category: "box", types: ["put"], tags: [Daybook.Tag("colour", "red")])
            let last = try await daemon.writer.lastEvents(3, matching: filter)
            #expect(last.map(\.document.position) == [48, 49, 50])
            let events = daemon.writer.earlierEvents(
                of: StreamName(stored: "box-1"), before: 10, limit: 2, withStates: true)
            for try await page in events { #expect(page.map(\.document.version) == [8, 9]) }
            #expect(
                daemon.requests.map(\.target) == [
                    "/v1/events?last=3&category=box&type=put&tag=colour%3Ared",
                    "/v1/streams/box-1?before=10&limit=2&states=true",
                ])
        }
    }

    @Test func `are asked for in smaller pages where one has too many bytes`() async throws {
        try await StubDaemon.run(answering: store(20)) { daemon in
            var events = daemon.writer.earlierEvents(limit: 8)
            events.maximumBytes = try json(SampleEvents.event(1)).utf8.count * 3
            var pages: [[Int64]] = []
            for try await page in events { pages.append(page.map(\.document.position.rawValue)) }
            #expect(pages == [[19, 20], [17, 18], [15, 16], [13, 14]])
        }
    }

    @Test func `may be filtered away, and go on all the same`() async throws {
        let answer: StubAnswer = { request in
            let place = request.parameters["before"].flatMap { EventPlace($0) }
            switch place?.position.rawValue ?? 0 {
            case 30: return try Self.page([], next: "\(SampleEvents.epoch)/20")
            case 20: return try Self.page([4, 7])
            default: return try Self.page([30, 31], next: "\(SampleEvents.epoch)/30")
            }
        }
        try await StubDaemon.run(answering: answer) { daemon in
            let last = try await daemon.writer.lastEvents(9, matching: EventFilter(category: "box"))
            #expect(last.map(\.document.position) == [4, 7, 30, 31] && daemon.requests.count == 3)
        }
    }

    @Test(
        arguments: [
            ([8, 7], nil, "not in order"), ([9], nil, "not in order"), ([8], "9", "do not go on"),
            ([7, 8], "8", "do not go on"),
            ([8], "00000000-0000-0001-0000-000000000001/x", "the place of its next page"),
        ] as [([Int64], String?, String)])
    func `are refused where a page is not before the last one`(
        positions: [Int64], next: String?, complaint: String
    ) async throws {
        let answer: StubAnswer = { _ in try Self.page(positions, next: next) }
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                for try await _ in daemon.writer.earlierEvents(before: EventPlace(position: 9)) {}
            }
            #expect(error?.description.contains(complaint) == true)
        }
    }

    @Test func `are refused where they are of another log`() async throws {
        try await StubDaemon.run(answering: store(20)) { daemon in
            let place = EventPlace(epoch: SampleEvents.otherEpoch, position: 9)
            let error = await #expect(throws: DaybookClientError.self) {
                for try await _ in daemon.writer.earlierEvents(before: place) {}
            }
            #expect(error?.description.contains("of another log") == true)
        }
    }

    @Test func `of a stream are refused where they are of another log than those after them`() async throws {
        let answer: StubAnswer = { request in
            if request.parameters["before"] == nil { return try Self.page([8, 9], next: "8") }
            return .text(try json(SampleEvents.event(7, of: SampleEvents.otherEpoch)) + "\n")
        }
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                for try await _ in daemon.writer.earlierEvents(of: StreamName(stored: "box-1")) {}
            }
            #expect(error?.description.contains("of another log") == true)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Events that are filtered` {
    private let filter = EventFilter(types: ["put", "taken"])

    /// The pages of a writer by the place after which they are: their positions, and the place of the next one.
    private func pages(_ pages: [Int64: (positions: [Int64], next: Int64?)]) -> StubAnswer {
        return { request in
            let place = request.parameters["after"].flatMap { EventPlace($0) }?.position.rawValue ?? 0
            let page = pages[place] ?? (positions: [], next: nil)
            var headers = HTTPFields()
            if let next = page.next, let name = HTTPField.Name("Daybook-Next") {
                headers[name] = "\(SampleEvents.epoch)/\(next)"
            }
            let lines = try page.positions.map { try json(SampleEvents.event($0)) + "\n" }
            return .text(lines.joined(), headers: headers)
        }
    }

    @Test func `go on where the writer says, also after a page without any`() async throws {
        let answer = pages([0: ([], 40), 40: ([41, 50], 60), 60: ([61], nil)])
        try await StubDaemon.run(answering: answer) { daemon in
            var positions: [Int64] = []
            for try await event in daemon.writer.events(matching: filter) {
                positions.append(event.document.position.rawValue)
            }
            #expect(positions == [41, 50, 61])
            let targets = daemon.requests.map(\.target)
            #expect(targets.count == 3 && targets[0] == "/v1/events?after=0&limit=1000&type=put&type=taken")
            #expect(targets[1].hasPrefix("/v1/events?after=\(SampleEvents.epoch)%2F40&"))
        }
    }

    @Test(arguments: [0, 40] as [Int64]) func `are refused where pages do not go on`(next: Int64) async throws {
        let answer = pages([0: ([41], next)])
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                for try await _ in daemon.writer.events(matching: filter) {}
            }
            #expect(error?.description.contains("its pages do not go on") == true)
        }
    }

    @Test func `are asked for live, too, and ids without an event are passed over`() async throws {
        let event = SampleEvents.event(8)
        let text = "id: \(SampleEvents.epoch)/5\n\nid: \(event.place)\ndata: \(try json(event))\n\n"
        let answer: StubAnswer = { _ in .text(text) }
        try await StubDaemon.run(answering: answer) { daemon in
            var positions: [Position?] = []
            let place = EventPlace(position: 2)
            for try await event in daemon.writer.tail(after: place, matching: filter) {
                positions.append(event.place?.position)
            }
            #expect(positions == [8])
            #expect(daemon.requests.map(\.target) == ["/v1/events?after=2&type=put&type=taken"])
        }
    }
}
