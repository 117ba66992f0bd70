/// Values by key, of which those that were used last are kept. When there is no room for another one, the one goes
/// whose last use is longest ago.
package struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let key: Key
        var value: Value
        /// The places of the entries that were used next before and next after this one.
        var older: Int?
        var newer: Int?
    }

    /// The number of those that are kept at most.
    package let limit: Int
    private var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    private var (oldest, newest): (Int?, Int?) = (nil, nil)

    /// - Parameter limit: How many are kept at most. With 0 none is.
    package init(limit: Int) { self.limit = limit }

    package var count: Int { entries.count }

    /// The value. To look is no use.
    package subscript(key key: Key) -> Value? { places[key].map { entries[$0].value } }

    /// The value, which counts as a use.
    package mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        touch(place)
        return entries[place].value
    }

    /// Keeps a value, which counts as a use.
    package mutating func keep(_ value: Value, for key: Key) {
        guard limit > 0 else { return }
        if let place = places[key] {
            entries[place].value = value
            return touch(place)
        }
        if entries.count >= limit, let oldest { remove(at: oldest) }
        entries.append(Entry(key: key, value: value))
        places[key] = entries.count - 1
        link(entries.count - 1)
    }

    package mutating func remove(_ key: Key) {
        if let place = places[key] { remove(at: place) }
    }

    private mutating func touch(_ place: Int) {
        guard newest != place else { return }
        unlink(place)
        link(place)
    }

    /// Makes an entry the newest one.
    private mutating func link(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = nil
        if let newest { entries[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (entries[place].older, entries[place].newer)
        if let older { entries[older].newer = newer } else { oldest = newer }
        if let newer { entries[newer].older = older } else { newest = older }
    }

    /// Removes an entry. The last one takes its place, so that there is no gap.
    private mutating func remove(at place: Int) {
        unlink(place)
        places[entries[place].key] = nil
        let last = entries.count - 1
        if place != last {
            let moved = entries[last]
            entries[place] = moved
            places[moved.key] = place
            if let older = moved.older { entries[older].newer = place } else { oldest = place }
            if let newer = moved.newer { entries[newer].older = place } else { newest = place }
        }
        entries.removeLast()
    }
}
