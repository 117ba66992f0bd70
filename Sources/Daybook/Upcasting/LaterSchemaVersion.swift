/// An event of a schema version that is later than this program.
public struct LaterSchemaVersion: Error, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter known: The schema versions that are written now, by type; 1 for all others.
    /// - Returns: `nil` when the version is one of those, or an earlier one.
    public init?(_ schemaVersion: Int, of type: String, known: [String: Int]) {
        guard schemaVersion > 1 else { return nil }
        let last = known[type] ?? 1
        guard schemaVersion > last else { return nil }
        description =
            "\(type) has schema version \(schemaVersion), and this program knows it up to \(last): update this program "
            + "first"
    }
}
