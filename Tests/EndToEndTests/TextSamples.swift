import Daybook
import Foundation

/// A value from outside: the command that brings it, and what must become of it.
struct TextSample: Sendable, CustomStringConvertible {
    enum Fate: Sendable {
        /// With this status and this code; nothing is stored.
        case refused(Int, String)
        /// These bytes stand in whatever is shown of it.
        case kept(String)
    }

    enum Place: Sendable { case name, email, reason, header, id, box }

    let description: String
    let place: Place
    let fate: Fate
    /// The id, percent-encoded, where it is what is tried.
    var id: String?
    var body = #"{"email":"{id}@example.com","name":"N"}"#
    var headers: [String: String] = [:]

    /// `true` for a value that the data of an event have, not its metadata.
    var isData: Bool { place != .header && place != .id }

    var category: String { place == .box ? "box" : "user" }

    var command: String {
        switch place {
        case .box: "fill"
        case .reason: "deactivate"
        case .name, .email, .header, .id: "create"
        }
    }

    /// A text as JSON is written here.
    static func literal(_ text: String) -> String { JSONData.text(text).line }

    // MARK: Places

    /// - Parameters:
    ///   - json: What stands between the quotes.
    ///   - text: What that is.
    private static func name(_ json: String, is text: String) -> TextSample {
        name(json, .kept(literal(text)))
    }

    private static func name(_ json: String, _ fate: Fate) -> TextSample {
        TextSample(
            description: "name \(json)", place: .name, fate: fate,
            body: #"{"email":"{id}@example.com","name":"\#(json)"}"#)
    }

    private static func email(_ text: String, _ fate: Fate? = nil) -> TextSample {
        TextSample(
            description: "email \(text)", place: .email, fate: fate ?? .kept(literal(text)),
            body: #"{"email":\#(literal(text)),"name":"N"}"#)
    }

    private static func reason(_ json: String, _ fate: Fate) -> TextSample {
        TextSample(description: "reason \(json)", place: .reason, fate: fate, body: #"{"reason":"\#(json)"}"#)
    }

    private static func box(_ member: String, _ fate: Fate? = nil) -> TextSample {
        TextSample(
            description: member, place: .box, fate: fate ?? .kept(member), body: #"{"contents":{\#(member)}}"#)
    }

    private static func header(_ name: String, _ value: String, _ fate: Fate? = nil) -> TextSample {
        TextSample(
            description: "\(name): \(value)", place: .header, fate: fate ?? .kept(literal(value)),
            headers: [name: value])
    }

    private static func id(_ encoded: String, _ fate: Fate) -> TextSample {
        TextSample(
            description: "id \(encoded)", place: .id, fate: fate, id: encoded,
            body: #"{"email":"id@example.com","name":"N"}"#)
    }

    private static let malformed = Fate.refused(400, "malformed-body")
    private static let repeated = Fate.refused(400, "repeated-member")

    // MARK: The table

    static let all = texts + metadata + ids + numbers + dictionaries

    private static let texts: [TextSample] = [
        name("\u{e9}", is: "\u{e9}"), name("e\u{301}", is: "e\u{301}"), name(#"\u00e9"#, is: "\u{e9}"),
        name(#"e\u0301"#, is: "e\u{301}"), name("\u{301}a", is: "\u{301}a"), name(#"\ud83d\ude00"#, is: "\u{1f600}"),
        name("\u{feff}a\u{200b}b\u{200d}c", is: "\u{feff}a\u{200b}b\u{200d}c"), name(#"a\ufffdb"#, is: "a\u{fffd}b"),
        name("a\u{2028}b\u{10ffff}", is: "a\u{2028}b\u{10ffff}"), name(#"<a>&\"\\\/'"#, is: #"<a>&"\/'"#),
        name("a%41+%2B", is: "a%41+%2B"), name(#"a\u0000b"#, .refused(422, "invalid-name")),
        name(#"a\u007f"#, .refused(422, "invalid-name")), name("a\u{0}b", malformed), name(#"\ud800"#, malformed),
        name(#"\udc00"#, malformed), name(#"\ud800\u0041"#, malformed), name(#"A","name":"B"#, repeated),
        name(#"A","n\u0061me":"B"#, repeated), reason(#"a\nb"#, .kept(#""a\nb""#)),
        reason("\u{301}e\u{301}", .kept(literal("\u{301}e\u{301}"))), reason(#"\udfff"#, malformed),
        reason(#"\u0000"#, .refused(422, "invalid-reason")), email("jos\u{e9}@example.com"),
        email("rene\u{301}@example.com"), email("a+b%41@example.com"),
        email("JOSE\u{301}@example.com", .refused(422, "email-taken")),
        email("a\u{200b}b@example.com", .refused(422, "invalid-email")),
        email("a\u{0}@example.com", .refused(422, "invalid-email")),
    ]

    private static let metadata: [TextSample] = [
        header("Idempotency-Key", "\u{e9} 100%25 +"), header("Idempotency-Key", "e\u{301} 100%25 +"),
        header("Daybook-Actor", "Zoe\u{308}\u{200d} \u{1f600}"), header("Daybook-Causation-Id", #"a"b\c"#),
        header("X-Correlation-ID", "%00"),
        header(
            "Daybook-Metadata", #"{"te\u0301":"\u0000 \u200d"}"#,
            .kept(JSONData.object(["te\u{301}": .text("\u{0} \u{200d}")]).line)),
        header("Daybook-Metadata", #"{"a":"\ud800"}"#, .refused(400, "invalid-header")),
        header("Daybook-Metadata", #"{"a":"1","\u0061":"2"}"#, .refused(400, "invalid-header")),
        header("Daybook-Metadata", #"{"\u00e9":"1","e\u0301":"2"}"#, .refused(400, "invalid-header")),
    ]

    private static let ids: [TextSample] = [
        id("gr%61ce", .kept(literal("user-grace"))), id("a%2Fb", .refused(400, "invalid-id")),
        id("a%00b", .refused(400, "invalid-id")), id("a+b", .refused(400, "invalid-id")),
        id("a%2561", .refused(400, "invalid-id")), id("%C3%A9", .refused(400, "invalid-id")),
    ]

    private static let numbers: [TextSample] = [
        box(#""whole":9007199254740993"#), box(#""whole":9223372036854775807"#), box(#""whole":-9223372036854775808"#),
        box(#""whole":9007199254740993.0"#, .kept(#""whole":9007199254740993}"#)),
        box(#""whole":-0"#, .kept(#""whole":0}"#)), box(#""whole":9223372036854775808"#, malformed),
        box(#""whole":1e400"#, malformed), box(#""whole":1.0000000000000000001"#, malformed),
        box(#""large":9223372036854775808"#), box(#""large":18446744073709551615"#),
        box(#""large":18446744073709551616"#, malformed), box(#""large":-1"#, malformed), box(#""real":-0"#),
        box(#""real":5e-324"#), box(#""real":0.1"#), box(#""real":1e400"#, malformed),
        box(#""real":1e-400"#, malformed),
        box(#""price":12345678901234567890123456789012345678"#), box(#""price":1e400"#, malformed),
        box(#""price":0.1000000000000000055511151231257827021181583404541015625"#, malformed),
    ]

    private static let dictionaries: [TextSample] = [
        box("\"labels\":{\"\u{e9}\":\"e\u{301}\"}"), box("\"labels\":{\"e\u{301}\":\"\u{e9}\"}"),
        box(#""labels":{"a":"1","\u0061":"2"}"#, repeated), box(#""labels":{"\u00e9":"1","e\u0301":"2"}"#, repeated),
        box(#""labels":{"a\u0000":"1"}"#, .refused(400, "invalid-text")),
        box(#""text":"a\u0000b""#, .refused(400, "invalid-text")), box(#""text":"a","text":"b""#, repeated),
        box(#""text":"\u0001\u001f""#),
    ]
}
