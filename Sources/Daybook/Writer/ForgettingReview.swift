/// A look at how the events of a subject are stored, one after the other.
package struct ForgettingReview: Sendable {
    package private(set) var report = ForgettingReport(unreadableEvents: 0, plainEvents: 0, isLogEmptied: false)
    /// The place where the log says last that the subject is forgotten.
    package private(set) var place: LogPlace?

    package init() {}

    /// Takes the next event.
    ///
    /// - Parameters:
    ///   - entries: What was published of it, with the data as they are stored.
    ///   - isPlain: Whether some of the personal data stand there as they are.
    /// - Throws: What `isPlain` throws.
    package mutating func look(
        at event: StoredEvent, published entries: [(place: LogPlace, event: NewEvent.Published)],
        isPlain: (StoredEvent, [NewEvent.Published]) throws -> Bool
    ) throws {
        let published = entries.map(\.event)
        if try isPlain(event, published) {
            report.plainEvents += 1
        } else if ([event.data] + published.map(\.data)).contains(where: Self.isSealed) {
            report.unreadableEvents += 1
        }
        place = entries.last { LogEntry.isForgetting(type: $0.event.type) }?.place ?? place
    }

    private static func isSealed(_ data: [UInt8]) -> Bool { data.withUnsafeBytes { SealedData.isSealed($0) } }
}
