import Daybook

/// The time that a response asks its client to wait, its header `Retry-After` (RFC 9110, section 10.2.3).
enum RetryDelay {
    /// Reads a number of seconds, or a date.
    ///
    /// - Parameters:
    ///   - date: The header `Date` of the same response. A date is measured from it, so that clocks need not agree.
    ///   - now: The time from which a date is measured where that header is absent.
    /// - Returns: `nil` when the header is neither of them; zero for a date in the past.
    static func read(_ header: String, date: String?, now: Timestamp) -> Duration? {
        if header.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return Int64(header).map { .seconds($0) }
        }
        guard let end = HTTPDate.read(header, now: now) else { return nil }
        let start = date.flatMap { HTTPDate.read($0, now: now) } ?? now
        return .microseconds(max(0, end.microseconds - start.microseconds))
    }
}
