import Daybook

/// The declared settings, found by any of their names.
struct SettingCatalogue: Sendable {
    let settings: [Setting]
    /// The number of names joined by dots that the longest key has.
    let depth: Int
    private let byKey: [String: Setting]

    init(_ settings: [Setting]) {
        self.settings = settings
        depth = settings.map { $0.key.split(separator: ".").count }.max() ?? 0
        byKey = Dictionary(settings.map { ($0.key, $0) }) { first, _ in first }
    }

    subscript(key: String) -> Setting? {
        byKey[key]
    }

    /// `true` when declared keys begin with this one and a dot.
    func hasSection(_ key: String) -> Bool {
        settings.contains { $0.key.hasPrefix(key + ".") }
    }

    /// `"; did you mean x?"` for the known name closest to an unknown one, or nothing if none is close.
    func hint(for unknown: String, among known: [String]) -> String {
        let length = unknown.count
        let tolerance = max(2, length / 4)
        let nearest =
            known
            // A text of another length is at least so far away: what is very long is compared with nothing.
            .filter { abs($0.count - length) <= tolerance }
            .map { (name: $0, distance: editDistance(unknown, $0)) }
            .min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= tolerance else { return "" }
        return "; did you mean \(nearest.name)?"
    }
}

/// How many single-character insertions, deletions and replacements turn one text into the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var previous = Array(0...right.count)
    for (row, character) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let replaced = previous[column] + (character == other ? 0 : 1)
            current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
