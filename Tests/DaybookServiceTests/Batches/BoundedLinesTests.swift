import Testing

@testable import DaybookWriter

@Suite struct `Lines that are bounded` {
    /// The lines of at most four bytes that come out of pieces; nothing for one that is too long.
    private func lines(of pieces: [ArraySlice<UInt8>]) -> [String?] {
        var (lines, found) = (BoundedLines(limit: 4), [BoundedLines.Line]())
        for piece in pieces {
            lines.append(piece)
            while let line = lines.next() { found.append(line) }
        }
        if let last = lines.finish() { found.append(last) }
        return found.map { line in
            guard case .whole(let bytes) = line else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test(
        arguments: [
            ("", []), ("a\r\nb", ["a", "b"]), ("abcd\r\n", ["abcd"]), ("abcd\n\nabcd", ["abcd", "", "abcd"]),
            ("abcde\n", [nil]),
            ("a\nabcdefghij\nb\n", ["a", nil, "b"]), ("abcdefgh\nabcdefgh\nabc", [nil, nil, "abc"]),
            ("a\nabcdefgh", ["a", nil]), ("abcdefgh\n\n", [nil, ""]),
        ] as [(String, [String?])])
    func `are told when they are too long, wherever they were cut`(text: String, expected: [String?]) {
        let bytes = Array(text.utf8)
        #expect(lines(of: bytes.indices.map { bytes[$0...$0] }) == expected)
        for cut in 0...bytes.count { #expect(lines(of: [bytes[..<cut], bytes[cut...]]) == expected) }
    }
}
