/// Decisions about messages that are not kept or acknowledged yet. Pure.
///
/// Of messages that cannot be read and wait to be kept, only the beginning is held for which there is no room.
struct PendingDecisions: Sendable {
    private(set) var all: [MessageDecision] = []
    /// Bytes of the bodies that wait to be kept.
    private var keptBytes = 0

    /// Bytes of a message for which there is no room.
    private static let beginning = 1 << 10
    private static let byteLimit = 32 << 20

    mutating func append(_ decision: MessageDecision) {
        var decision = decision
        if let body = decision.unreadable?.raw.body {
            if keptBytes + body.count > Self.byteLimit {
                decision.unreadable?.raw.body = Array(body.prefix(Self.beginning))
            } else {
                keptBytes += body.count
            }
        }
        all.append(decision)
    }

    /// Takes all of them.
    mutating func take() -> [MessageDecision] {
        defer { self = PendingDecisions() }
        return all
    }

    /// Takes those that need no commit.
    mutating func takeSettled() -> [MessageDecision] {
        defer { all.removeAll { $0.unreadable == nil } }
        return all.filter { $0.unreadable == nil }
    }

    /// Puts back what was not committed, before all that came since.
    mutating func putBack(_ decisions: [MessageDecision]) {
        let later = take()
        for decision in decisions + later { append(decision) }
    }
}
