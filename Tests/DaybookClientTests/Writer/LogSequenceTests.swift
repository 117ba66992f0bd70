import Daybook
import DaybookAPI
import DaybookClient
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Integration events that are read` {
    /// The offsets of all events in a sequence, and the error at which reading ends.
    private func read(
        _ events: LogSequence
    ) async throws -> (offsets: [Int64], error: DaybookClientError?) {
        var offsets: [Int64] = []
        do {
            for try await event in events { offsets.append(event.document.place.offset.rawValue) }
            return (offsets, nil)
        } catch let error as DaybookClientError {
            return (offsets, error)
        }
    }

    @Test func `come page by page to the head, each after the last one and of the same log`() async throws {
        try await StubDaemon.run(answering: SampleLog.pages(head: 4)) { daemon in
            let (offsets, error) = try await read(daemon.writer.log(of: SampleLog.partition))
            #expect(offsets == [1, 2, 3, 4] && error == nil)
            let place = "\(SampleEvents.epoch)%2F2"
            #expect(
                daemon.requests.map(\.target) == [
                    "/v1/log/3?after=0&limit=1000", "/v1/log/3?after=\(place)&limit=1000",
                ])
            #expect(daemon.requests.allSatisfy { $0.headers["accept"] == "application/json" })
        }
    }

    @Test func `are given byte for byte`() async throws {
        try await StubDaemon.run(answering: SampleLog.pages(head: 1)) { daemon in
            let event = try await daemon.writer.log(of: SampleLog.partition).first { _ in true }
            let expected = try json(SampleLog.event(1))
            #expect(event?.text == expected && event?.document == SampleLog.event(1))
        }
    }

    @Test func `are none where there are none`() async throws {
        try await StubDaemon.run(answering: SampleLog.pages(head: 2)) { daemon in
            let place = PartitionPlace(epoch: SampleEvents.epoch, offset: 2)
            let (offsets, error) = try await read(daemon.writer.log(of: SampleLog.partition, after: place))
            #expect(offsets.isEmpty && error == nil && daemon.requests.count == 1)
        }
    }

    @Test(arguments: [[2], [1, 3], [1, 1], [2, 1]] as [[Int64]])
    func `are refused when there is a gap, or another order`(order: [Int64]) async throws {
        let events = order.map { SampleLog.event($0) }
        let answer: StubAnswer = { _ in try .document(SampleLog.page(events, head: 3)) }
        try await StubDaemon.run(answering: answer) { daemon in
            let (offsets, error) = try await read(daemon.writer.log(of: SampleLog.partition))
            #expect(offsets.isEmpty && error?.description.contains("its events are not in order") == true)
        }
    }

    @Test func `are refused when they are of another partition or log`() async throws {
        let strange: [(LogEventResponse, String)] = [
            (SampleLog.event(1, in: Partition(4)), "not in order"),
            (SampleLog.event(1, of: SampleEvents.otherEpoch), "of another log"),
        ]
        for (event, reason) in strange {
            let answer: StubAnswer = { _ in try .document(SampleLog.page([event], head: 1)) }
            try await StubDaemon.run(answering: answer) { daemon in
                let start = PartitionPlace(epoch: SampleEvents.epoch, offset: 0)
                let (offsets, error) = try await read(daemon.writer.log(of: SampleLog.partition, after: start))
                #expect(offsets.isEmpty && error?.description.contains(reason) == true)
            }
        }
    }

    @Test func `do not stand still before the head`() async throws {
        let answer: StubAnswer = { _ in try .document(SampleLog.page([], head: 1)) }
        try await StubDaemon.run(answering: answer) { daemon in
            let (_, error) = try await read(daemon.writer.log(of: SampleLog.partition))
            #expect(error?.description.contains("its pages do not go on") == true && daemon.requests.count == 1)
        }
    }

    @Test func `come on a page with its head and the next place`() async throws {
        try await StubDaemon.run(answering: SampleLog.pages(head: 3)) { daemon in
            let page = try await daemon.writer.logPage(of: SampleLog.partition, limit: 2).document
            #expect(page.head == 3 && !page.isCurrent && page.events.count == 2)
            let last = try await daemon.writer.logPage(of: SampleLog.partition, after: page.next).document
            #expect(last.isCurrent && last.events.map(\.place.offset) == [3])
            #expect(daemon.requests.first?.target == "/v1/log/3?after=0&limit=2")
        }
    }

    @Test func `have a head`() async throws {
        try await StubDaemon.run(answering: SampleLog.pages(head: 7)) { daemon in
            let head = try await daemon.writer.logHead(of: SampleLog.partition)
            #expect(head == PartitionPlace(epoch: SampleEvents.epoch, offset: 7))
        }
        let problem = ProblemDocument(status: 404, code: "no-such-partition", title: "Not Found")
        let answer: StubAnswer = { _ in try .problem(problem) }
        try await StubDaemon.run(answering: answer) { daemon in
            let error = await #expect(throws: DaybookClientError.self) {
                _ = try await daemon.writer.logHead(of: SampleLog.partition)
            }
            #expect(error?.code == "no-such-partition")
        }
    }
}
