/// What a store still has of a subject that was forgotten.
public struct ForgettingReport: Sendable, Hashable {
    /// Events of the subject whose personal data nobody can read any more.
    public var unreadableEvents: Int
    /// Events of which some personal data are stored as they are, in the event or in what was published of it. They are
    /// from before there were keys, or from before they were declared personal.
    public var plainEvents: Int
    /// `true` when nothing of a removed row or of a destroyed key is left in what the store keeps beside itself: a
    /// write-ahead log, say, or the journal of a key file. Else the forgetting is not finished.
    public var isLogEmptied: Bool

    public init(unreadableEvents: Int, plainEvents: Int, isLogEmptied: Bool) {
        self.unreadableEvents = unreadableEvents
        self.plainEvents = plainEvents
        self.isLogEmptied = isLogEmptied
    }
}
