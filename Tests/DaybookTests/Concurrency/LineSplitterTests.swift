import Daybook
import Testing

@Suite struct `A splitter of lines` {
    /// The lines that come out of pieces.
    private func lines(of pieces: [some Sequence<UInt8>]) -> [String] {
        var splitter = LineSplitter(limit: 100)
        var lines: [[UInt8]] = []
        for piece in pieces {
            splitter.append(piece)
            while let line = splitter.next() { lines.append(line) }
        }
        if let last = splitter.finish() { lines.append(last) }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("\n\n", ["", ""]), ("a\r\nb\r\n", ["a", "b"]),
            ("one\n\ntwo\nthree", ["one", "", "two", "three"]), ("ü\nß\n", ["ü", "ß"]),
        ] as [(String, [String])])
    func `puts together what was cut anywhere`(text: String, expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(lines(of: bytes.map { [$0] }) == expected)
        for cut in 0...bytes.count { #expect(lines(of: [bytes[..<cut], bytes[cut...]]) == expected) }
    }

    @Test func `tells a line that is beyond the limit, and not many that are within it`() {
        var splitter = LineSplitter(limit: 3)
        splitter.append("ab\ncd\nef\nabc".utf8)
        while splitter.next() != nil {}
        #expect(!splitter.isTooLong)
        splitter.append("d".utf8)
        let line = splitter.next()
        #expect(line == nil && splitter.isTooLong)
    }
}
