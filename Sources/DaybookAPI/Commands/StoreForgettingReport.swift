/// The personal data of a forgotten subject that a store may still have.
public struct StoreForgettingReport: APIDocument, Equatable {
    /// Events of the subject whose personal data nobody can read any more.
    public var unreadableEvents: Int
    /// Events of which some personal data are stored as they are.
    public var plainEvents: Int
    /// `true` when nothing is left in the write-ahead log, or in the journal of the key file.
    public var isLogEmptied: Bool

    public init(unreadableEvents: Int, plainEvents: Int, isLogEmptied: Bool) {
        self.unreadableEvents = unreadableEvents
        self.plainEvents = plainEvents
        self.isLogEmptied = isLogEmptied
    }

    public static let example = StoreForgettingReport(unreadableEvents: 3, plainEvents: 0, isLogEmptied: true)
}
