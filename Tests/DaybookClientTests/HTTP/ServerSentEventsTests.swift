import Testing

@testable import DaybookClient

@Suite struct `Server-sent events` {
    /// The events in a text, each as its id and its data.
    private func events(in text: String) -> [String] {
        var events = ServerSentEvents()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.compactMap { events.take(Array($0.utf8)) }.map { message in
            "\(message.id ?? "none") \(String(decoding: message.data, as: UTF8.self))"
        }
    }

    @Test(
        arguments: [
            ("id: 1\ndata: {}\n\n", ["1 {}"]), ("data: a\n\nid: 2\ndata: b\n\n", ["none a", "2 b"]),
            ("data:a\ndata: b\n\n", ["none a\nb"]), (":\n\n: comment\n\ndata: a\n\n", ["none a"]),
            ("event: put\nretry: 3\ndata: a\n\n", ["none a"]), ("data\n\n", ["none "]),
            ("id: 1\n\ndata: a\n\n", ["none a"]), ("data: a\n", []), ("data: \u{301}:b\n\n", ["none \u{301}:b"]),
        ] as [(String, [String])])
    func `are complete at an empty line, and have the id that stands with them`(text: String, expected: [String]) {
        #expect(events(in: text) == expected)
    }
}
