/// The progress of a reaction in memory, as a plain value.
struct ReactionRecord: Sendable {
    /// The writers of which it is known where in their logs the reaction begins.
    var activated: Set<Source> = []
    var checkpoints: [Lane: Checkpoint] = [:]
    /// What of each lane was reacted to beyond its checkpoint.
    var reacted: [Lane: Offset] = [:]
    var parked = ParkedEntries()
    var unreadable = KeptMessageList()

    var progress: ReadModelProgress {
        ReadModelProgress(checkpoints: checkpoints, hasPendingErasure: parked.holdForgetting)
    }

    var kept: KeptCounts {
        KeptCounts(parked: parked.count, unreadable: unreadable.count, unreadableDropped: unreadable.dropped)
    }

    /// Moves checkpoints, and keeps messages that could not be read.
    ///
    /// - Throws: ``Fenced`` when a checkpoint is not the expected one.
    mutating func commit(_ postings: [Posting], keeping messages: [UnreadableMessage]) throws {
        for posting in postings {
            guard checkpoints[posting.lane] == posting.expected else { throw Fenced(lane: posting.lane) }
            checkpoints[posting.lane] = posting.next
        }
        // What came with the word that its stream is forgotten is not kept.
        let forgotten = postings.flatMap { $0.entries.filter(\.log.isForgetting).map(\.log.stream) }
        unreadable.keep(messages.filter { message in !forgotten.contains(where: message.isOf) })
    }

    /// Drops what is kept of a stream.
    mutating func forget(_ stream: StreamName, of source: Source) {
        parked.remove(stream, of: source)
        unreadable.remove(of: stream)
    }
}
