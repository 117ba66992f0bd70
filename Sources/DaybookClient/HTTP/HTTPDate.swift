import Daybook

/// A date as HTTP writes it (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, or in one of the two obsolete
/// forms `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads a date. The day of the week is passed over.
    ///
    /// - Parameter now: The time from which a year of two digits is at most 50 years ahead.
    /// - Returns: `nil` when the text is in none of the forms.
    static func read(_ text: String, now: Timestamp) -> Timestamp? {
        let words = text.split { " ,-".contains($0) }.map { String($0) }
        let endsWithYear = words.count == 5
        guard endsWithYear || (words.count == 6 && words[5] == "GMT") else { return nil }
        let time = endsWithYear ? words[3] : words[4]
        guard let month = months.firstIndex(of: endsWithYear ? words[1] : words[2]), time.utf8.count == 8,
            let year = year(endsWithYear ? words[4] : words[3], now)
        else { return nil }
        let day = padded(endsWithYear ? words[2] : words[1])
        return Timestamp("\(year)-\(padded(String(month + 1)))-\(day)T\(time)Z")
    }

    private static func padded(_ number: String) -> String { number.utf8.count == 1 ? "0\(number)" : number }

    /// The year with four digits.
    private static func year(_ text: String, _ now: Timestamp) -> String? {
        if text.utf8.count == 4 { return text }
        guard text.utf8.count == 2, let number = Int(text), let present = Int(now.date.prefix(4)) else { return nil }
        return String(2000 + number > present + 50 ? 1900 + number : 2000 + number)
    }
}
