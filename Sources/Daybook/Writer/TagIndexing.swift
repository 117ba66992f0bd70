/// The index by which events are found across streams, as the code of today makes it.
public protocol TagIndexing: Sendable {
    /// Makes the index of a category's tags again where other code has made it, or none. To be called before commands
    /// are taken. The next call goes on with one that was interrupted.
    ///
    /// The events of a stream in quarantine keep the tags that they were appended with, and those of the index before.
    /// Today's code makes them at the first call that finds the stream out of quarantine. An event that cannot be read
    /// keeps those that it was appended with, unless its subject is forgotten.
    ///
    /// - Parameter marks: Notes of the domain's code that runs.
    /// - Returns: How many of the events that it read cannot be read by today's code; `nil` when the index was up to
    ///   date.
    @discardableResult
    func indexTags<Subject: Aggregate>(of subject: Subject.Type, marks: (any CodeMarks)?) async throws -> Int?
}
