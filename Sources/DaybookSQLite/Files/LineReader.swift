import Daybook
import Foundation

/// The lines of a file or a pipe, one after the other, however much there is.
struct LineReader {
    private let input: FileHandle
    /// No event comes near the limit.
    private var lines = LineSplitter(limit: 256 << 20)
    private static let chunk = 1 << 20

    init(_ input: FileHandle) { self.input = input }

    /// - Returns: The next line that is not empty, without its end; `nil` when there is none.
    /// - Throws: ``StoreError`` when a line is too long, or the error of reading.
    mutating func next() throws -> [UInt8]? {
        while true {
            while let line = lines.next() { if !line.isEmpty { return line } }
            guard !lines.isTooLong else { throw StoreError("a line of the export has no end") }
            guard let piece = try input.read(upToCount: Self.chunk), !piece.isEmpty else { return lines.finish() }
            lines.append(piece)
        }
    }
}
