import Daybook
import DaybookAPI
import DaybookClient
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A live tail of a partition` {
    private let start = PartitionPlace(epoch: SampleEvents.epoch, offset: 2)

    /// A server-sent event with its place as the id.
    private func sent(_ offset: Int64, of epoch: Epoch = SampleEvents.epoch) throws -> String {
        let event = SampleLog.event(offset, of: epoch)
        return "id: \(event.place)\ndata: \(try json(event))\n\n"
    }

    /// The offsets of a tail, and the error at which it ends.
    private func tail(of text: String) async throws -> (offsets: [Int64], error: DaybookClientError?) {
        try await tail(answering: { _ in .text(text) })
    }

    private func tail(
        answering answer: @escaping StubAnswer
    ) async throws -> (offsets: [Int64], error: DaybookClientError?) {
        try await StubDaemon.run(answering: answer) { daemon in
            var offsets: [Int64] = []
            do {
                for try await event in daemon.writer.logTail(of: SampleLog.partition, after: start) {
                    offsets.append(event.document.place.offset.rawValue)
                }
            } catch let error as DaybookClientError {
                return (offsets, error)
            }
            #expect(daemon.requests.map(\.target) == ["/v1/log/3?after=\(SampleEvents.epoch)%2F2"])
            #expect(daemon.requests.map { $0.headers["accept"] } == ["text/event-stream"])
            return (offsets, nil)
        }
    }

    @Test func `has the events as they come, and ends with the writer`() async throws {
        let (offsets, error) = try await tail(of: ":\n\n" + sent(3) + ":\n\n" + sent(4))
        #expect(offsets == [3, 4] && error == nil)
    }

    @Test(arguments: [[2], [4], [3, 5], [3, 3]] as [[Int64]])
    func `is refused when there is a gap, or another order`(order: [Int64]) async throws {
        let (offsets, error) = try await tail(of: order.map { try sent($0) }.joined())
        #expect(offsets.count == order.count - 1)
        #expect(error?.description.contains("its events are not in order") == true)
    }

    @Test func `is refused when its events are of another log, or their ids others`() async throws {
        let other = try await tail(of: sent(3, of: SampleEvents.otherEpoch))
        #expect(other.error?.description.contains("of another log") == true)
        let text = "id: \(SampleEvents.epoch)/4\ndata: \(try json(SampleLog.event(3)))\n\n"
        let displaced = try await tail(of: text)
        #expect(displaced.offsets.isEmpty && displaced.error?.description.contains("is not its place") == true)
    }

    @Test func `begins with the first event where it has no place yet`() async throws {
        let text = try sent(1) + sent(2)
        let answer: StubAnswer = { _ in .text(text) }
        try await StubDaemon.run(answering: answer) { daemon in
            var offsets: [Int64] = []
            let events = daemon.writer.logTail(of: SampleLog.partition, after: PartitionPlace(offset: 0))
            for try await event in events { offsets.append(event.document.place.offset.rawValue) }
            #expect(offsets == [1, 2])
        }
    }

    @Test func `is refused when its events are of another partition`() async throws {
        let event = SampleLog.event(3, in: Partition(4))
        let (offsets, error) = try await tail(of: "id: \(event.place)\ndata: \(try json(event))\n\n")
        #expect(offsets.isEmpty && error?.description.contains("its events are not in order") == true)
    }

    @Test func `is refused when an event has no id, after which nobody could go on`() async throws {
        let (offsets, error) = try await tail(of: "data: \(try json(SampleLog.event(3)))\n\n")
        #expect(offsets.isEmpty && error?.description.contains("is not its place") == true)
    }

    @Test func `has no event that was not sent to its end`() async throws {
        let (offsets, error) = try await tail(of: sent(3) + String(sent(4).dropLast()))
        #expect(offsets == [3] && error == nil)
    }

    @Test func `tells that its connection broke`() async throws {
        let text = try sent(3)
        let (offsets, error) = try await tail(answering: { _ in .brokenOff(after: text) })
        #expect(offsets == [3])
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `has the problem of a writer that refuses it`() async throws {
        let problem = ProblemDocument(status: 409, code: "beyond-head", title: "Conflict")
        let (offsets, error) = try await tail(answering: { _ in try .problem(problem) })
        #expect(offsets.isEmpty && error?.code == "beyond-head")
    }
}
