import Foundation
import Testing

@testable import DaybookCLI

/// A terminal that is the standard output of this process.
private struct PseudoTerminal {
    private let reader: Int32

    /// - Throws: `POSIXError`.
    init(columns: UInt16) throws {
        var reader: Int32 = -1
        var terminal: Int32 = -1
        var size = winsize(ws_row: 10, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&reader, &terminal, nil, nil, &size) == 0, dup2(terminal, STDOUT_FILENO) >= 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        self.reader = reader
    }

    /// The next lines that it shows, once they are there.
    func lines(count: Int) -> [String] {
        var text: [UInt8] = []
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            var piece = [UInt8](repeating: 0, count: 1024)
            let size = read(reader, &piece, piece.count)
            guard size > 0 else { break }
            text += piece[..<size]
        }
        return String(decoding: text, as: UTF8.self).components(separatedBy: "\r\n")
    }
}

/// In processes of their own: a table goes to the standard output of its process.
@Suite(.timeLimit(.minutes(1))) struct `A table of the tool` {
    private func lines(in output: [UInt8]?) -> [String] {
        String(decoding: output ?? [], as: UTF8.self).components(separatedBy: "\n")
    }

    @Test func `aligns cells under their titles, and widens for rows that come later`() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            var table = Table([.init(title: "NAME"), .init(title: "N", isNumber: true), .init(title: "NOTE")])
            try table.print([["ada", "1", "x"], ["b", "100", ""]])
            try table.print([])
            try table.print([["charlotte", "20000", "y"], ["d", "3", "z"]])
            var empty = Table([.init(title: "NUMBER", isNumber: true), .init(title: "TEXT")])
            try empty.print([])
            try empty.print([["7", "\u{1B}[1mé\u{301}"]])
        }
        let expected = [
            "NAME    N  NOTE", "ada     1  x", "b     100", "charlotte  20000  y", "d              3  z",
            "NUMBER  TEXT", "     7  \u{FFFD}[1mé\u{301}", "",
        ]
        #expect(lines(in: result?.standardOutputContent) == expected)
    }

    @Test func `is cut where a terminal ends, under a bold header`() async {
        await #expect(processExitsWith: .success) {
            let terminal = try PseudoTerminal(columns: 12)
            var table = Table([.init(title: "NAME"), .init(title: "NOTE")])
            try table.print([["ada", "123456"], ["ada", "1234567"]])
            let lines = terminal.lines(count: 3)
            #expect(lines == ["\u{1B}[1mNAME  NOTE\u{1B}[0m", "ada   123456", "ada   12345…", ""])
        }
    }
}
