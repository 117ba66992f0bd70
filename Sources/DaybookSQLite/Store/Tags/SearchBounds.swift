import Daybook

/// The positions that a search may look at, among those that a transaction sees.
struct SearchBounds {
    /// The search begins here.
    let start: Position
    /// They come after this one.
    let after: Position
    /// The last one of them.
    let last: Position
    let isBackward: Bool

    /// - Parameter head: The last position that the transaction sees.
    init(_ range: EventRange, head: Position) {
        start = range.start
        switch range {
        case .after(let position):
            after = max(.zero, position)
            last = head
            isBackward = false
        case .before(let position):
            after = .zero
            last = min(head, position.previous)
            isBackward = true
        }
    }

    /// The place where a search ends that has looked at all of them.
    var end: Position {
        if after >= last { return start }
        return isBackward ? after.next : last
    }

    /// The outcome of searches for the parts of a query, as one: only what all of them have looked at counts.
    func merged(_ parts: [FoundEvents], limit: Int) -> FoundEvents {
        let open = parts.filter { !$0.isComplete }.map(\.end)
        let end = (isBackward ? open.max() : open.min()) ?? self.end
        let known = Set(parts.flatMap(\.positions)).filter { isBackward ? $0 >= end : $0 <= end }
        var found = FoundEvents(positions: known.sorted(), end: end, isComplete: open.isEmpty)
        guard found.positions.count > limit else { return found }
        found.positions = Array(isBackward ? found.positions.suffix(limit) : found.positions.prefix(limit))
        found.end = (isBackward ? found.positions.first : found.positions.last) ?? start
        found.isComplete = false
        return found
    }
}
