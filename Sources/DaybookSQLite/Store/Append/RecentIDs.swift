import Daybook

/// The latest event ids of a store, so that a new one is known to be new without a look into its index.
///
/// Ids are made a moment before they are appended and begin with their time: nearly each is later than the horizon,
/// and of the stored ones all later ones are remembered.
struct RecentIDs: Sendable {
    private var horizon: EventID?
    private var later: Set<EventID> = []
    private var greatest: EventID?
    /// The number of ids that are remembered before the horizon moves to the latest.
    private static let limit = 8192

    /// - Parameter greatest: The greatest id in the store.
    init(greatest: EventID?) {
        horizon = greatest
        self.greatest = greatest
    }

    /// `true` when an id can be in the store. `false` is certain.
    func mayContain(_ id: EventID) -> Bool {
        guard let horizon else { return later.contains(id) }
        return id <= horizon || later.contains(id)
    }

    mutating func insert(_ id: EventID) {
        greatest = max(greatest ?? id, id)
        if let horizon, id <= horizon { return }
        later.insert(id)
        guard later.count >= Self.limit else { return }
        horizon = greatest
        later.removeAll(keepingCapacity: true)
    }
}
