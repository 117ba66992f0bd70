extension Duration {
    /// Reads a whole number with a unit: `500ms`, `10s`, `2m` or `1h`. `nil` for anything else.
    init?(settingText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // The limit keeps the multiplication far from overflow: a billion hours is more than anyone waits.
        guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        default: return nil
        }
    }
}
