import Daybook
import Testing

@testable import DaybookWriter

@Suite struct `The state of a batch` {
    private func item(_ number: Int, _ id: String, size: Int = 100) throws -> BatchItem {
        let request = CommandRequest(command: "send", id: id, body: [], expected: .any, metadata: .new())
        return BatchItem(
            line: BatchLine(number: number, size: size), stream: try StreamName(category: "parcel", id: id),
            request: request, handler: CommandHandler(Parcel.self).served(InMemoryStore(), 0, nil))
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `begins a command when the one before it to its stream is done`() throws {
        var state = BatchState()
        let (first, second, other) = (try item(1, "a"), try item(2, "a"), try item(3, "b"))
        for item in [first, second, other] { state.add(item) }
        let begun = [state.takeWork(), state.takeWork()].map { $0.commands.map(\.line.number) }
        #expect(begun == [[1, 3], []])
        let next = [other, first, second].map { state.finish($0, with: [])?.line.number }
        #expect(next == [nil, 2, nil])
        // The stream is as if nothing had been.
        state.add(first)
        let again = state.takeWork().commands
        #expect(again.map(\.line.number) == [1])
    }

    @Test func `has room for so many lines, until their responses are written`() throws {
        var state = BatchState()
        for number in 1...BatchState.lineLimit {
            #expect(state.wantsLine == true)
            state.add(BatchLine(number: number, size: 1), answeredBy: Array("r".utf8))
        }
        #expect(state.wantsLine == nil)
        let work = state.takeWork()
        #expect(work.responses.count == BatchState.lineLimit && state.wantsLine == nil)
        state.giveBack(work.load)
        #expect(state.wantsLine == true)
    }

    @Test func `has room for so many bytes, however few lines they are`() throws {
        var state = BatchState()
        let (large, larger) = (
            try item(1, "a", size: BatchState.byteLimit - 1), try item(2, "b", size: BatchState.byteLimit)
        )
        state.add(large)
        #expect(state.wantsLine == true)
        state.add(larger)
        #expect(state.wantsLine == nil)
        _ = state.finish(large, with: [])
        state.giveBack(state.takeWork().load)
        #expect(state.wantsLine == nil)
        _ = state.finish(larger, with: [])
        state.giveBack(state.takeWork().load)
        #expect(state.wantsLine == true)
    }

    @Test func `is done when all is read, carried out and written`() throws {
        var state = BatchState()
        let command = try item(1, "a")
        state.add(command)
        _ = state.takeWork()
        state.end()
        #expect(state.wantsLine == false && !state.isDone)
        _ = state.finish(command, with: Array("r".utf8))
        #expect(!state.isDone)
        let last = state.takeWork()
        #expect(text(last.responses) == "r" && state.isDone)
    }

    @Test func `begins nothing once it is stopped, and has the last line at the end`() throws {
        var state = BatchState()
        let begun = try item(1, "a")
        state.add(begun)
        _ = state.takeWork()
        for unbegun in [try item(2, "a"), try item(3, "b"), try item(4, "a"), try item(5, "b")] { state.add(unbegun) }
        state.stop(closing: Array("end".utf8)) { Array("\($0.line.number) ".utf8) }
        let refused = state.takeWork()
        #expect(refused.commands.isEmpty && text(refused.responses) == "2 3 4 5 " && refused.load.lines == 4)
        state.add(try item(6, "c"))
        let next = state.finish(begun, with: Array("1 ".utf8))
        let last = state.takeWork()
        #expect(next == nil && text(last.responses) == "1 end")
        #expect(state.isDone && state.isStopped)
    }

    @Test func `needs no last line when all was read before it was stopped`() throws {
        var state = BatchState()
        state.end()
        state.stop(closing: Array("end".utf8)) { _ in [] }
        let last = state.takeWork()
        #expect(last.responses.isEmpty && state.isDone)
    }
}
