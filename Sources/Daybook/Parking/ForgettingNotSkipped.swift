/// An event is not skipped, as it says that somebody is forgotten: what there is of them would stay.
public struct ForgettingNotSkipped: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter advice: What can be done instead.
    public init(_ entry: LogEntry, advice: String) {
        description = "\(entry.type) says that \(entry.stream) is forgotten, and is not skipped: \(advice)"
    }
}
