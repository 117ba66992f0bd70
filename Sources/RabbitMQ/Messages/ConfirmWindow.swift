import DequeModule

/// The outcome of a published message.
public enum PublishOutcome: Sendable, Hashable {
    /// The broker has taken responsibility for it.
    case confirmed
    /// It was mandatory and no queue is bound for it.
    case returned(replyCode: Int, text: String)
    /// The broker could not take it.
    case nacked
    /// It does not fit into the frames before its body, or follows such a message. It was not sent.
    case unsendable(reason: String)
}

/// The messages of one channel that the broker has not settled yet, by delivery tag.
///
/// Pure. Tags count from 1 and leave in any order; `multiple` covers every tag up to it that is still open.
struct ConfirmWindow<Token> {
    private struct Slot {
        let token: Token
        let messageID: String?
        var returned: PublishOutcome?
    }

    private var slots: Deque<Slot?> = []
    private var firstTag: UInt64 = 1
    /// The least tag that the last return may be of.
    private var lastReturned: UInt64 = 0
    private(set) var count = 0

    /// Notes a message that is about to be sent; answers with its tag.
    @discardableResult
    mutating func open(_ token: Token, messageID: String?) -> UInt64 {
        slots.append(Slot(token: token, messageID: messageID))
        count += 1
        return firstTag + UInt64(slots.count) - 1
    }

    /// A return carries no tag. It comes before the acknowledgement of its message, and returns come in the order of
    /// the tags. Where several copies of a message are open, it may be any of them: all count as returned, so that none
    /// that nobody took counts as confirmed.
    mutating func markReturned(messageID: String?, replyCode: Int, text: String) {
        func tag(at index: Int) -> UInt64 { firstTag + UInt64(index) }
        let candidates = slots.indices.filter { index in
            tag(at: index) > lastReturned && slots[index].map { $0.messageID == messageID } ?? false
        }
        guard let first = candidates.first else { return }
        lastReturned = tag(at: first)
        for index in candidates { slots[index]?.returned = .returned(replyCode: replyCode, text: text) }
    }

    /// Settles `tag`, or all open tags up to it; answers with what was settled, oldest first. A tag that was never given
    /// settles nothing, or with `multiple` everything: so does 0, as the protocol has it.
    mutating func settle(tag: UInt64, multiple: Bool, isNack: Bool) -> [(token: Token, outcome: PublishOutcome)] {
        guard !slots.isEmpty, tag >= firstTag || (tag == 0 && multiple) else { return [] }
        let index = tag == 0 ? slots.count - 1 : Int(clamping: tag - firstTag)
        guard multiple || index < slots.count else { return [] }
        let last = min(index, slots.count - 1)
        var settled: [(token: Token, outcome: PublishOutcome)] = []
        for index in (multiple ? 0 : last)...last {
            guard let slot = slots[index] else { continue }
            settled.append((slot.token, isNack ? .nacked : slot.returned ?? .confirmed))
            slots[index] = nil
        }
        count -= settled.count
        while case .some(nil) = slots.first {
            slots.removeFirst()
            firstTag += 1
        }
        return settled
    }

    /// The tokens still open, oldest first.
    var openTokens: [Token] { slots.compactMap { $0?.token } }
}
