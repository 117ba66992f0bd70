/// The questions to history that are open, and the lanes that are to be looked at soon. Pure.
struct OpenQuestions {
    private var counts: [Source: Int] = [:]
    /// The place where the next round begins, so that no lane waits for ever behind others.
    private var nextIndex = 0
    /// Lanes that are to be looked at soon, and those for which that is under way.
    private var soon: Set<Int> = []
    private var underWay: Set<Int> = []

    /// Questions that may be open to one source.
    private static let limit = 4

    // MARK: Questions

    /// The lanes in the order in which they may ask this time.
    mutating func order(of count: Int) -> [Int] {
        nextIndex += 1
        return (0..<count).map { ($0 + nextIndex) % count }
    }

    func hasRoom(_ source: Source) -> Bool { counts[source, default: 0] < Self.limit }

    mutating func asked(_ source: Source) { counts[source, default: 0] += 1 }

    mutating func ended(_ source: Source) { counts[source, default: 1] -= 1 }

    // MARK: Looks

    mutating func lookSoon(_ lane: Int) { soon.insert(lane) }

    /// The lanes for which a look is to be begun now.
    mutating func takeLooks() -> [Int] {
        defer { soon = [] }
        return soon.filter { underWay.insert($0).inserted }
    }

    mutating func looked(_ lane: Int) { underWay.remove(lane) }
}
