import Daybook
import DaybookAPI
import DaybookClient
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A live tail` {
    private let start = EventPlace(epoch: SampleEvents.epoch, position: 2)

    /// A server-sent event, with its place as the id where it is whole.
    private func sent(_ position: Int64, isWhole: Bool = true, of epoch: Epoch = SampleEvents.epoch) throws -> String {
        let event = SampleEvents.event(position, of: epoch)
        return (isWhole ? "id: \(event.place)\n" : "") + "data: \(try json(event))\n\n"
    }

    /// The events of a tail, and the error at which it ends.
    private func tail(
        of response: @escaping StubAnswer
    ) async throws -> (events: [TailEvent], error: DaybookClientError?) {
        try await StubDaemon.run(answering: response) { daemon in
            var events: [TailEvent] = []
            do {
                for try await event in daemon.writer.tail(after: start) { events.append(event) }
            } catch let error as DaybookClientError {
                return (events, error)
            }
            #expect(daemon.requests.map(\.target) == ["/v1/events?after=\(SampleEvents.epoch)%2F2"])
            #expect(daemon.requests.map { $0.headers["accept"] } == ["text/event-stream"])
            return (events, nil)
        }
    }

    @Test func `has the events as they come, and ends with the writer`() async throws {
        let text = try ":\n\n" + sent(3) + ":\n\n" + sent(4, isWhole: false) + sent(4) + sent(6)
        let (events, error) = try await tail { _ in .text(text) }
        #expect(error == nil)
        #expect(events.map(\.event.document.position) == [3, 4, 4, 6])
        let texts = try [3, 4, 4, 6].map { try json(SampleEvents.event($0)) }
        #expect(events.map(\.event.text) == texts)
        // After a part of an event nobody could go on.
        let places: [Position?] = [3, nil, 4, 6]
        #expect(events.map { $0.place?.position } == places)
        #expect(events.compactMap { $0.place?.epoch } == [SampleEvents.epoch, SampleEvents.epoch, SampleEvents.epoch])
    }

    @Test(arguments: [[2], [1], [4, 4], [4, 3]] as [[Int64]])
    func `is refused when its events are not in order`(order: [Int64]) async throws {
        let text = try order.map { try sent($0) }.joined()
        let (events, error) = try await tail { _ in .text(text) }
        #expect(events.count == order.count - 1)
        #expect(error?.description.contains("its events are not in order") == true)
    }

    @Test func `is refused when its events are of another log`() async throws {
        let text = try sent(3) + sent(4, of: SampleEvents.otherEpoch)
        let (events, error) = try await tail { _ in .text(text) }
        #expect(events.count == 1 && error?.description.contains("of another log") == true)
    }

    @Test func `is refused when an id is not the place of its event`() async throws {
        let text = "id: \(SampleEvents.epoch)/4\ndata: \(try json(SampleEvents.event(3)))\n\n"
        let (events, error) = try await tail { _ in .text(text) }
        #expect(events.isEmpty && error?.description.contains("is not its place") == true)
    }

    @Test func `tells that its connection broke`() async throws {
        let text = try sent(3)
        let (events, error) = try await tail { _ in .brokenOff(after: text) }
        #expect(events.count == 1)
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `has the problem of a writer that refuses it`() async throws {
        let problem = ProblemDocument(status: 409, code: "beyond-head", title: "Conflict")
        let (events, error) = try await tail { _ in try .problem(problem) }
        #expect(events.isEmpty && error?.code == "beyond-head")
    }
}
