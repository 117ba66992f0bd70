/// Collects lines, so that many of them are printed at once.
struct OutputBuffer {
    private var bytes: [UInt8] = []
    private static let size = 256 << 10

    /// Takes lines with their ends.
    ///
    /// - Throws: `OutputError`.
    mutating func add(_ lines: [UInt8]) throws {
        bytes += lines
        if bytes.count >= Self.size { try flush() }
    }

    /// Prints what is left.
    ///
    /// - Throws: `OutputError`.
    mutating func flush() throws {
        try Terminal.print(lines: bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
