/// Lines that are put together from the pieces in which they arrive.
package struct LineSplitter {
    private var buffer: [UInt8] = []
    /// The index at which the next line begins.
    private var start = 0
    /// Up to where no end of it was found.
    private var searched = 0
    private let limit: Int

    /// - Parameter limit: The bytes that a line may have. One that never ends must not fill the memory.
    package init(limit: Int) { self.limit = limit }

    /// `true` when the line that is not at its end is beyond the limit already.
    package var isTooLong: Bool { buffer.count - start > limit }

    /// Takes the next piece.
    package mutating func append(_ piece: some Sequence<UInt8>) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += piece
    }

    /// - Returns: The next line without its end, a line feed or both characters; `nil` until more has come.
    package mutating func next() -> [UInt8]? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            return nil
        }
        let line = buffer[start..<end]
        start = end + 1
        searched = start
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    /// Takes the end of everything.
    ///
    /// - Returns: The last line, if nothing ended it.
    package mutating func finish() -> [UInt8]? {
        let rest = Array(buffer[start...])
        self = LineSplitter(limit: limit)
        return rest.isEmpty ? nil : rest
    }
}
