import Daybook

/// Lines that are put together from the pieces in which they arrive. One that is too long is not held: it is told as
/// such at once, and what follows of it is passed over.
struct BoundedLines {
    enum Line: Equatable {
        /// A line without its end.
        case whole([UInt8])
        /// A line beyond the limit, of which nothing is kept.
        case tooLong
    }

    private let limit: Int
    private var splitter: LineSplitter
    /// `true` up to the end of a line that was too long.
    private var isSkipping = false

    /// - Parameter limit: The bytes that a line may have.
    init(limit: Int) {
        self.limit = limit
        splitter = Self.splitter(limit)
    }

    /// The first of two characters that end a line is not a part of it.
    private static func splitter(_ limit: Int) -> LineSplitter { LineSplitter(limit: limit + 1) }

    /// Takes the next piece. It is held beside the beginning of a line.
    mutating func append(_ piece: some Collection<UInt8>) {
        guard isSkipping else { return splitter.append(piece) }
        guard let end = piece.firstIndex(of: UInt8(ascii: "\n")) else { return }
        isSkipping = false
        splitter.append(piece[piece.index(after: end)...])
    }

    /// - Returns: The next line; `nil` until more has come.
    mutating func next() -> Line? {
        if let line = splitter.next() { return bounded(line) }
        guard splitter.isTooLong else { return nil }
        splitter = Self.splitter(limit)
        isSkipping = true
        return .tooLong
    }

    /// Takes the end of everything.
    ///
    /// - Returns: The last line, if nothing ended it.
    mutating func finish() -> Line? {
        isSkipping = false
        return splitter.finish().map { bounded($0) }
    }

    private func bounded(_ line: [UInt8]) -> Line { line.count > limit ? .tooLong : .whole(line) }
}
