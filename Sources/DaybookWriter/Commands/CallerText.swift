/// A text that comes with a command beside its payload: in a header, or in a member of a line.
enum CallerText {
    /// Bytes that most of them may have.
    static let usualLimit = 200
    /// Bytes that the metadata of the caller's own may have, as JSON.
    static let metadataLimit = 2000

    /// The rule that a text breaks; `nil` for one that can be used.
    ///
    /// - Parameter limit: The bytes that it may have.
    static func brokenRule(of text: String, upTo limit: Int) -> String? {
        // In a header, bytes that are no UTF-8 come as U+FFFD: different texts would be one.
        guard !text.unicodeScalars.contains("\u{FFFD}") else { return "must be UTF-8, and have no U+FFFD" }
        guard !text.isEmpty, text.utf8.count <= limit else { return "must have 1 to \(limit) bytes" }
        return nil
    }
}
