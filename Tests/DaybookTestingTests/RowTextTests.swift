import Testing

@testable import DaybookTesting

@Suite struct `Rows that are compared` {
    @Test func `are missed as often as they are there more often`() {
        #expect(RowText.missing(["a", "a", "b"], in: ["a", "b"]) == ["a"])
        #expect(RowText.missing(["a", "a"], in: ["b"]) == ["a", "a"])
        #expect(RowText.missing(["a", "b"], in: ["b", "a", "a"]).isEmpty)
    }
}
