import Daybook
import GRDB

/// A search for the events of one criterion, in the order of their positions or against it, which looks at a bounded
/// number of them.
struct EventScan {
    /// What leads to the events that are looked at.
    enum Lead: Sendable {
        case tag(TagHash)
        case type(String)
        case everything
    }

    private let criterion: TagCriterion
    private let lead: Lead
    private let bounds: SearchBounds
    private let limit: Int
    private var looks: Int
    /// In the order in which they were found.
    private var positions: [Position] = []
    private var end: Position

    private init(_ criterion: TagCriterion, by lead: Lead, in bounds: SearchBounds, limit: Int, maximumLooks: Int) {
        self.criterion = criterion
        self.lead = lead
        self.bounds = bounds
        self.limit = limit
        looks = maximumLooks
        end = bounds.start
    }

    /// Searches for what a query means. To be asked in a transaction, as several statements must see the same moment.
    static func find(
        _ query: EventQuery, in bounds: SearchBounds, limit: Int, maximumLooks: Int, index: TagIndex, db: Database
    ) throws -> FoundEvents {
        let ways = query.criteria.flatMap { criterion -> [(TagCriterion, Lead)] in
            let criterion = TagCriterion(criterion, index.key)
            return leads(to: criterion).map { (criterion, $0) }
        }
        // However many there are, all together look at no more.
        let share = ways.isEmpty ? 0 : max(1, maximumLooks / ways.count)
        let parts = try ways.map { criterion, lead in
            var scan = EventScan(criterion, by: lead, in: bounds, limit: limit, maximumLooks: share)
            return try scan.run(index: index, db: db)
        }
        return bounds.merged(parts, limit: limit)
    }

    /// The events of several types are in one order only when they are looked for one type at a time.
    private static func leads(to criterion: TagCriterion) -> [Lead] {
        if let tag = criterion.tags.first { return [.tag(tag)] }
        return criterion.types.isEmpty ? [.everything] : criterion.types.map { Lead.type($0) }
    }

    private mutating func run(index: TagIndex, db: Database) throws -> FoundEvents {
        var isComplete = bounds.after >= bounds.last
        if !isComplete {
            if case .tag = lead {
                isComplete = try lookByTag(index: index, db: db)
            } else {
                isComplete = try lookOnDisk(through: bounds.last, db)
            }
        }
        return FoundEvents(
            positions: bounds.isBackward ? positions.reversed() : positions, end: isComplete ? bounds.end : end,
            isComplete: isComplete)
    }

    /// Looks at what the index on the disk has and at what waits, which comes after it.
    ///
    /// - Returns: `false` when it may look at nothing more.
    private mutating func lookByTag(index: TagIndex, db: Database) throws -> Bool {
        let through = try TagIndex.through(in: db)
        let last = bounds.last
        let waiting = try index.waiting(criterion.tags, after: bounds.after, through: through, in: db)
            .filter { $0 <= last }
        if bounds.isBackward {
            guard try lookInMemory(waiting.reversed(), db) else { return false }
            return try lookOnDisk(through: min(last, through), db)
        }
        guard try lookOnDisk(through: min(last, through), db) else { return false }
        return try lookInMemory(waiting, db)
    }

    /// - Parameter waiting: Events that have all tags.
    private mutating func lookInMemory(_ waiting: [Position], _ db: Database) throws -> Bool {
        for position in waiting {
            guard try look(at: position, tags: [], db) else { return false }
        }
        return true
    }

    private mutating func lookOnDisk(through last: Position, _ db: Database) throws -> Bool {
        guard bounds.after < last else { return true }
        var rows = try PreparedStatement(Self.sql(lead, isBackward: bounds.isBackward), in: db)
        defer { rows.reset() }
        switch lead {
        case .tag(let tag): rows.bind(tag)
        case .type(let name): rows.bind(name)
        case .everything: break
        }
        rows.bind(bounds.after.rawValue)
        rows.bind(last.rawValue)
        while try rows.step() {
            let position = Position(rawValue: rows.int64(0))
            guard try look(at: position, tags: criterion.tags.dropFirst(), db) else { return false }
        }
        return true
    }

    /// - Parameter tags: Those that the event has to be looked up for.
    /// - Returns: `false` when it may look at nothing more, and has not looked at this one.
    private mutating func look(at position: Position, tags: ArraySlice<TagHash>, _ db: Database) throws -> Bool {
        guard positions.count < limit, looks > 0 else { return false }
        looks -= 1
        end = position
        for tag in tags where try !TagIndex.has(tag, at: position, in: db) { return true }
        if try !needsEvent || criterion.fits(position, in: db) { positions.append(position) }
        return true
    }

    /// `false` when whatever has the tags, or the type, is meant.
    private var needsEvent: Bool {
        if criterion.category != nil { return true }
        guard case .tag = lead else { return false }
        return !criterion.types.isEmpty
    }

    /// The statement that leads to events in order, without sorting them.
    static func sql(_ lead: Lead, isBackward: Bool) -> String {
        let place =
            switch lead {
            case .tag: "event_tags WHERE tag = ? AND"
            case .type: "events INDEXED BY events_by_type WHERE type_id = (SELECT id FROM types WHERE name = ?) AND"
            case .everything: "events NOT INDEXED WHERE"
            }
        let order = isBackward ? "position DESC" : "position"
        return "SELECT position FROM \(place) position > ? AND position <= ? ORDER BY \(order)"
    }
}
