import Foundation

/// The lines of a file or a pipe, one after the other, however much there is.
struct LineReader {
    private let input: FileHandle
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private static let chunk = 1 << 20
    /// No event comes near it. A file that never ends a line must not fill the memory.
    private static let longest = 256 << 20

    init(_ input: FileHandle) { self.input = input }

    /// - Returns: The next line that is not empty, without its end; `nil` when there is none.
    /// - Throws: ``StoreError`` when a line is too long, or the error of reading.
    mutating func next() throws -> [UInt8]? {
        while let line = try nextLine() { if !line.isEmpty { return line } }
        return nil
    }

    private mutating func nextLine() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                defer { (buffer, start) = ([], 0) }
                return start < buffer.count ? Array(buffer[start...]) : nil
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard searched < Self.longest else { throw StoreError("a line of the export has no end") }
            let more = try input.read(upToCount: Self.chunk) ?? Data()
            isAtEnd = more.isEmpty
            buffer += more
        }
    }
}
