/// The pieces of the Prometheus text exposition format, version 0.0.4.
enum PrometheusText {
    /// A metric or label name: what the format does not allow becomes an underscore.
    static func name(_ label: String) -> String {
        let characters = label.unicodeScalars.map { scalar -> Character in
            let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isAllowed ? Character(scalar) : "_"
        }
        let name = String(characters)
        return name.first?.isNumber == false ? name : "_" + name
    }

    /// A name that ends with the suffix, added unless it is there.
    static func name(_ label: String, suffix: String) -> String {
        let name = name(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// A number, whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// A help text, which stays on its line.
    static func help(_ text: String) -> String {
        text.map { escapes[$0] ?? String($0) }.joined()
    }

    /// A label's value, which stays within its quotes.
    static func labelValue(_ text: String) -> String {
        text.map { $0 == "\"" ? "\\\"" : escapes[$0] ?? String($0) }.joined()
    }

    /// One line with a value.
    static func sample(_ name: String, _ labels: MetricLabels, _ value: Double) -> String {
        "\(name)\(labels.text) \(number(value))\n"
    }

    private static let escapes: [Character: String] = ["\\": "\\\\", "\n": "\\n", "\r\n": "\\n"]
}

/// The dimensions of one series, in an order of their own so that equal sets are equal.
struct MetricLabels: Hashable, Sendable {
    private struct Label: Hashable {
        let name: String
        let value: String
    }

    private let labels: [Label]

    init(_ dimensions: [(String, String)]) {
        let named = Dictionary(dimensions.map { (PrometheusText.name($0.0), $0.1) }) { _, last in last }
        labels = named.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) }
    }

    /// `{method="GET",status="200"}`, or nothing without labels.
    var text: String {
        text(adding: nil)
    }

    /// The same with the upper bound of a histogram's bucket.
    func text(upperBound: Double) -> String {
        text(adding: "le=\"\(PrometheusText.number(upperBound))\"")
    }

    private func text(adding last: String?) -> String {
        var parts = labels.map { "\($0.name)=\"\(PrometheusText.labelValue($0.value))\"" }
        if let last { parts.append(last) }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }
}
