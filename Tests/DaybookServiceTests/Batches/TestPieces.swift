import NIOCore
import TestSupport

/// What breaks off.
struct BrokenOff: Error {}

/// The lines of a request, each in a piece of its own.
struct TestPieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// What comes behind the lines.
    enum End: Sendable {
        case end
        /// Nothing, for as long as somebody waits.
        case nothing
        /// An error, once something has happened.
        case error(after: @Sendable () async throws -> Void)
    }

    let lines: [String]
    let end: End
    /// Counts the pieces that were asked for.
    let asked = Tally()
    /// Counts those who gave up waiting for a piece.
    let givenUp = Tally()

    init(_ lines: [String], then end: End = .end) {
        self.lines = lines
        self.end = end
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let pieces: TestPieces
        var place = 0

        mutating func next() async throws -> ByteBuffer? {
            pieces.asked.add()
            place += 1
            if place <= pieces.lines.count { return ByteBuffer(string: pieces.lines[place - 1] + "\n") }
            switch pieces.end {
            case .end: return nil
            case .nothing:
                // Nobody waits for as long.
                try? await Task.sleep(for: .seconds(3600))
                pieces.givenUp.add()
                throw CancellationError()
            case .error(let event):
                try await event()
                throw BrokenOff()
            }
        }
    }
}
