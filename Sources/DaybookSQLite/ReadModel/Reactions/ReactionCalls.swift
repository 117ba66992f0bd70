import Daybook
import Synchronization

/// The calls of a reaction's code: one for each event, in a time that is limited, with a mark for the case that it ends
/// the process.
final class ReactionCalls<React: Reaction>: Sendable {
    private let reaction: React
    private let timeout: Duration
    private let mark: CrashMark
    private let decoder = EventDecoder<React.Event>()
    private let executor = NotingExecutor()
    private let isEnding = Mutex(false)

    init(reaction: React, timeout: Duration, mark: CrashMark) {
        self.reaction = reaction
        self.timeout = timeout
        self.mark = mark
    }

    /// Makes no more calls, so that the process can end: what is under way is finished.
    func end() { isEnding.withLock { $0 = true } }

    func decode(_ entry: LogEntry) throws -> (any DecodedEvent)? { try mark.decode(entry, with: decoder) }

    /// - Throws: What the reaction throws; `CancellationError` once calls have ended.
    func react(to event: any DecodedEvent, from entry: LogEntry, of source: Source) async throws {
        if isEnding.withLock({ $0 }) { throw CancellationError() }
        mark.begin(entry.id)
        defer { mark.clear() }
        try await executor.run(at: entry) { [reaction, decoder, timeout] in
            guard let events = try decoder.events(in: event, of: entry) else { return }
            for (part, event) in events.all.enumerated() {
                let key = "\(React.name)/\(source)/\(entry.id)" + (part == 0 ? "" : "/\(part)")
                try await withTimeout(timeout) { try await reaction.react(to: event, from: entry, key: key) }
            }
        }
    }

    /// `true` for an error that is the event's, and not one that passes.
    static func blamesEvent(_ error: any Error) -> Bool { !(error is NotNow) && !error.isTransient }
}
