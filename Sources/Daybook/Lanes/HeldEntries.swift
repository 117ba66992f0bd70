/// The entries that a lane has received and not committed. Pure.
struct HeldEntries: Sendable {
    struct Ready {
        let entry: PostingEntry
        let receipt: Receipt?
        /// Data and metadata, kept here as the entry's log would be copied to be asked.
        let bytes: Int
    }
    typealias Doubtful = (message: IncomingMessage, event: (any DecodedEvent)?, askedAt: Int)

    /// Those that are to be committed next, in order.
    private(set) var ready: [Ready] = []
    /// The place of the last of those.
    private(set) var last: (offset: Offset, anchor: LogAnchor)?
    /// Messages that came before the lane was verified, or whose offsets only history can judge.
    private(set) var doubtful: [Doubtful] = []
    /// The number of those that are ready and came by queue.
    private(set) var readyMessages = 0
    /// Data and metadata of all of them.
    private(set) var bytes = 0

    mutating func append(_ entry: PostingEntry, _ receipt: Receipt?) {
        let count = entry.log.byteCount
        ready.append(Ready(entry: entry, receipt: receipt, bytes: count))
        last = (entry.log.offset, entry.log.anchor)
        bytes += count
        if receipt != nil { readyMessages += 1 }
    }

    /// - Parameter askedAt: The number of the last question that was asked before it came.
    mutating func doubt(_ message: IncomingMessage, _ event: (any DecodedEvent)?, askedAt: Int) {
        doubtful.append((message, event, askedAt))
        bytes += message.byteCount
    }

    mutating func takeDoubtful() -> [Doubtful] {
        let messages = doubtful
        doubtful = []
        bytes -= messages.reduce(0) { $0 + $1.message.byteCount }
        return messages
    }

    /// Removes the first that are ready.
    ///
    /// - Returns: The receipts of those that came by queue.
    mutating func removeFirst(_ count: Int) -> [Receipt] {
        var receipts: [Receipt] = []
        for place in 0..<count {
            bytes -= ready[place].bytes
            if let receipt = ready[place].receipt { receipts.append(receipt) }
        }
        ready.removeFirst(count)
        if ready.isEmpty { last = nil }
        readyMessages -= receipts.count
        return receipts
    }

    /// - Returns: The receipts of all messages.
    mutating func removeAll() -> [Receipt] {
        let receipts = ready.compactMap(\.receipt) + doubtful.map(\.message.receipt)
        self = HeldEntries()
        return receipts
    }
}

extension LogEntry {
    /// Of its data and metadata: what may be large.
    fileprivate var byteCount: Int { data.count + metadata.count }
}

extension IncomingMessage {
    fileprivate var byteCount: Int { if case .entry(_, _, let entry) = content { entry.byteCount } else { 0 } }
}
