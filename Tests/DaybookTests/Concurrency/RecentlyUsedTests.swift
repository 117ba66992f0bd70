import Testing

@testable import Daybook

@Suite struct `What was used recently` {
    @Test func `is kept up to the limit, and the one whose last use is longest ago goes first`() {
        var known = RecentlyUsed<String, Int>(limit: 3)
        for (value, key) in ["a", "b", "c"].enumerated() { known.keep(value, for: key) }
        #expect(known.use("a") == 0)
        known.keep(3, for: "d")
        #expect(known[key: "b"] == nil && known.use("b") == nil)
        known.keep(12, for: "c")
        known.keep(4, for: "e")
        #expect(known[key: "a"] == nil && known[key: "c"] == 12 && known[key: "d"] == 3 && known[key: "e"] == 4)
        #expect(known.count == 3)
    }

    @Test func `is not used by a look`() {
        var known = RecentlyUsed<String, Int>(limit: 2)
        known.keep(1, for: "a")
        known.keep(2, for: "b")
        #expect(known[key: "a"] == 1)
        known.keep(3, for: "c")
        #expect(known[key: "a"] == nil && known[key: "b"] == 2)
    }

    @Test func `is nothing without room`() {
        var known = RecentlyUsed<String, Int>(limit: 0)
        known.keep(1, for: "a")
        #expect(known.count == 0 && known.use("a") == nil)
    }

    /// Whatever is done to it, it has what a list in the order of the uses would have.
    @Test(arguments: 1...8)
    func `is what a list in the order of the uses has`(limit: Int) {
        var known = RecentlyUsed<Int, Int>(limit: limit)
        var list: [(key: Int, value: Int)] = []
        var random = SystemRandomNumberGenerator()
        for step in 0..<2000 {
            let key = Int.random(in: 0..<12, using: &random)
            let earlier = list.firstIndex { $0.key == key }.map { list.remove(at: $0) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                known.remove(key)
            case 1:
                #expect(known.use(key) == earlier?.value)
                if let earlier { list.append(earlier) }
            default:
                known.keep(step, for: key)
                list.append((key, step))
                if list.count > limit { list.removeFirst() }
            }
            for key in 0..<12 { #expect(known[key: key] == list.first { $0.key == key }?.value) }
            #expect(known.count == list.count)
        }
    }
}
