/// The outcome of a line: the figures of all pairs of runs.
struct Figures: Sendable {
    let line: Line
    let ours: [Double]
    /// As many as ``ours``, or none.
    let yardstick: [Double]

    init(_ line: Line, ours: [Double], yardstick: [Double?]) {
        self.line = line
        self.ours = ours
        let known = yardstick.compactMap(\.self)
        self.yardstick = known.count == ours.count ? known : []
    }

    /// The median of the pairs' ratios, so that what slows both for a while does not count.
    var ratio: Double? { Self.median(zip(ours, yardstick).filter { $1 > 0 }.map { $0 / $1 }) }

    /// `true` when the must is met; `nil` without a yardstick or a must.
    var isMet: Bool? {
        guard let ratio, let must = line.must else { return nil }
        return line.isLatency ? ratio <= must : ratio >= must
    }

    static func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard let upper = sorted[safely: sorted.count / 2] else { return nil }
        guard sorted.count % 2 == 0, let lower = sorted[safely: sorted.count / 2 - 1] else { return upper }
        return (lower + upper) / 2
    }
}

extension Array {
    subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension Figures: Encodable {
    private enum CodingKeys: String, CodingKey {
        case scenario, unit, median, ratio, must, goal, met
        case yardstickMedian = "yardstick_median"
    }

    // What is absent is written as null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(line.name, forKey: .scenario)
        try container.encode(line.unit.rawValue, forKey: .unit)
        try container.encode(Self.median(ours), forKey: .median)
        try container.encode(Self.median(yardstick), forKey: .yardstickMedian)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(line.must, forKey: .must)
        try container.encode(line.goal, forKey: .goal)
        try container.encode(isMet, forKey: .met)
    }
}
