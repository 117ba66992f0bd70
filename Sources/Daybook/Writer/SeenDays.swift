/// The last days on which a store was open, each with when the last answer before it was recorded.
///
/// The age of an answer is counted in these days, not by one look at the clock: one that jumps ahead by a month makes it
/// a day older.
package struct SeenDays: Equatable, Sendable {
    private struct Day: Equatable {
        let number: Int64
        let lastAnswer: Timestamp
    }

    private var days: [Day] = []

    package init() {}

    /// Takes a day down, once. Days are kept as long as an age of `count` days needs them.
    package mutating func see(_ number: Int64, lastAnswer: Timestamp, keeping count: Int) {
        guard !days.contains(where: { $0.number == number }) else { return }
        days.append(Day(number: number, lastAnswer: lastAnswer))
        days.removeFirst(max(0, days.count - count - 1))
    }

    /// What was answered before is older than so many days; `nil` while fewer were seen.
    package func beginning(ofLast count: Int) -> Timestamp? {
        days.count > count ? days[days.count - 1 - count].lastAnswer : nil
    }
}

extension SeenDays: LosslessStringConvertible {
    /// The days as a store keeps them: `20780:1795424400000000 20781:1795510800000000`.
    package var description: String {
        days.map { "\($0.number):\($0.lastAnswer.microseconds)" }.joined(separator: " ")
    }

    /// Reads what ``description`` has written; `nil` when it is damaged.
    package init?(_ description: String) {
        for entry in description.split(separator: " ") {
            let numbers = entry.split(separator: ":").compactMap { Int64($0) }
            guard numbers.count == 2 else { return nil }
            days.append(Day(number: numbers[0], lastAnswer: Timestamp(microseconds: numbers[1])))
        }
    }
}
