import Daybook
import GRDB

/// The last days on which a store was open, each with when the last answer before it was recorded.
///
/// The age of an answer is counted in these days, not by one look at the clock: one that jumps ahead by a month makes it
/// a day older.
struct SeenDays: Equatable {
    private struct Day: Equatable {
        let number: Int64
        let lastAnswer: Timestamp
    }

    private var days: [Day] = []

    init() {}

    /// Takes a day down, once. Days are kept as long as an age of `count` days needs them.
    mutating func see(_ number: Int64, lastAnswer: Timestamp, keeping count: Int) {
        guard !days.contains(where: { $0.number == number }) else { return }
        days.append(Day(number: number, lastAnswer: lastAnswer))
        days.removeFirst(max(0, days.count - count - 1))
    }

    /// What was answered before is older than so many days; `nil` while fewer were seen.
    func beginning(ofLast count: Int) -> Timestamp? {
        days.count > count ? days[days.count - 1 - count].lastAnswer : nil
    }

    // MARK: In the store

    init(in db: Database) throws {
        let text = try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = 'days-seen'") ?? ""
        days = try text.split(separator: " ").map { entry in
            let numbers = entry.split(separator: ":").compactMap { Int64($0) }
            guard numbers.count == 2 else { throw StoreError("the days that the store has seen are damaged: \(text)") }
            return Day(number: numbers[0], lastAnswer: Timestamp(microseconds: numbers[1]))
        }
    }

    func write(in db: Database) throws {
        let text = days.map { "\($0.number):\($0.lastAnswer.microseconds)" }.joined(separator: " ")
        try db.execute(sql: "INSERT OR REPLACE INTO store VALUES('days-seen', ?)", arguments: [text])
    }
}
