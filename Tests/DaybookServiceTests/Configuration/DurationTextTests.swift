import Testing

@testable import DaybookService

@Suite struct `A duration as text` {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("0s", .zero), ("007s", .seconds(7)), ("1000000000h", .seconds(3_600_000_000_000)),
    ])
    func `is a whole number with a unit`(text: String, expected: Duration) {
        #expect(Duration(settingText: text) == expected)
    }

    @Test(arguments: [
        "", "10", "s", "1.5s", "-1s", "+1s", "1 s", " 1s", "1s ", "1S", "1d", "1m30s", "1e3s", "١s", "1000000001h",
        "99999999999999999999s",
    ])
    func `is nothing else`(text: String) {
        #expect(Duration(settingText: text) == nil)
    }
}
