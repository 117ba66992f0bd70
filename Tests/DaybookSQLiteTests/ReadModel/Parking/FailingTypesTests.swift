import Testing

@testable import DaybookSQLite

@Suite struct `An event of a type that fails` {
    @Test func `is parked at its first failure after three in a row, until one can be posted`() {
        var failing = FailingTypes()
        for _ in 0..<2 { failing.park("a") }
        failing.clear("a")
        for _ in 0..<2 { failing.park("a") }
        #expect(!failing.contains("a"))
        failing.park("a")
        failing.clear("b")
        #expect(failing.contains("a") && !failing.contains("b"))
        failing.clear("a")
        #expect(!failing.contains("a"))
    }
}
