import DaybookTesting
import Foundation
import Testing

@testable import DaybookJSON

@Suite struct `Reading JSON` {
    private enum Shade: String, Codable, Equatable { case light, dark }
    private enum Happening: Codable, Equatable {
        case named(first: String, last: String?)
        case counted(Int)
        case nothing
    }
    private struct Everything: Codable, Equatable {
        var text: String?
        var number: Int?
        var small: UInt8?
        var real: Double?
        var yes: Bool?
        var texts: [String]?
        var grid: [[Int]]?
        var map: [String: Int]?
        var places: [Int: String]?
        var shade: Shade?
        var happening: Happening?
        var bytes: Data?
        var url: URL?
        var price: Decimal?
        var moment: Date?
        var inner: [Everything]?
    }

    /// What reading came to: a value, or the kind of error and where it is.
    private enum Outcome<Value: Equatable>: Equatable {
        case value(Value)
        case error(String, [String])
    }

    private func outcome<Value: Equatable>(_ body: () throws -> Value) -> Outcome<Value> {
        do { return .value(try body()) } catch let error as DecodingError {
            switch error {
            case .typeMismatch(_, let context): return .error("mismatch", context.codingPath.map(\.stringValue))
            case .valueNotFound(_, let context): return .error("null", context.codingPath.map(\.stringValue))
            case .keyNotFound(let key, let context):
                return .error("key \(key.stringValue)", context.codingPath.map(\.stringValue))
            // Where a document is damaged is told in other words.
            default: return .error("damaged", [])
            }
        } catch { return .error("\(error)", []) }
    }

    private func compare<Value: Decodable & Equatable>(_ type: Value.Type, _ json: [UInt8]) {
        let ours = outcome { try JSON.decode(type, from: json) }
        let foundation = outcome { try JSONDecoder().decode(type, from: Data(json)) }
        #expect(ours == foundation, "\(type) from \(String(decoding: json, as: UTF8.self))")
    }

    @Test(arguments: [
        "{}", " { } ", #"{"text":"a"}"#, #"{"text":"\u00e9\ud83d\ude00\n\"\\\/\b\f\r\t"}"#, #"{"text":null}"#,
        #"{"text":1}"#, #"{"te\u0078t":"escaped key"}"#, #"{"text":"twice","text":"once"}"#, #"{"text":"žluťoučký 😀"}"#,
        #"{"number":0}"#, #"{"number":-0}"#, #"{"number":12}"#, #"{"number":1.0}"#, #"{"number":1e2}"#,
        #"{"number":1.5}"#, #"{"number":9223372036854775807}"#, #"{"number":9223372036854775808}"#,
        #"{"number":"1"}"#, #"{"number":-9223372036854775809}"#,
        #"{"real":1e-400}"#, #"{"real":0.0}"#, #"{"real":-0}"#, #"{"real":5e-324}"#,
        #"{"number":01}"#, #"{"number":+1}"#, #"{"number":-}"#, #"{"small":255}"#,
        #"{"small":256}"#, #"{"small":-1}"#, #"{"real":0.1}"#, #"{"real":1e400}"#, #"{"real":-1.5e-7}"#,
        #"{"real":1.}"#,
        #"{"yes":true}"#, #"{"yes":1}"#, #"{"texts":["a","b"]}"#, #"{"texts":["a",1]}"#, #"{"texts":[null]}"#,
        #"{"texts":[]}"#, #"{"grid":[[1,2],[],[3]]}"#, #"{"grid":[[1,"2"]]}"#,
        #"{"map":{"a":1,"b":2}}"#, #"{"map":{"a":"x"}}"#, #"{"places":{"1":"a","2":"b"}}"#, #"{"places":{"x":"a"}}"#,
        #"{"shade":"dark"}"#, #"{"shade":"grey"}"#, #"{"happening":{"named":{"first":"A"}}}"#,
        #"{"happening":{"named":{"last":"A"}}}"#, #"{"happening":{"counted":{"_0":3}}}"#,
        #"{"happening":{"nothing":{}}}"#,
        #"{"happening":{"unknown":{}}}"#, #"{"happening":{}}"#, #"{"bytes":"AQID"}"#, #"{"bytes":"%"}"#,
        #"{"url":"https://example.com/a?b=c"}"#, #"{"price":12.34}"#, #"{"moment":1.5}"#,
        #"{"inner":[{"number":1},{"inner":[{"text":2}]}]}"#, #"{"a":1 "b":2}"#, #"{"a":}"#, #"{"a"}"#, "[]", "", " ",
        "nul", "tru", "{", "[", "\"", "{}x", #"{"text":"a\x"}"#, "{\"text\":\"\u{1}\"}",
    ])
    func `gives what Foundation gives`(json: String) { compare(Everything.self, Array(json.utf8)) }

    /// By way of a `Double` their last digits would be others.
    @Test(
        arguments: [
            ("9007199254740993.0", 9_007_199_254_740_993), ("9223372036854775807.000", .max),
            ("-9223372036854775808e0", .min),
            ("9.007199254740993e15", 9_007_199_254_740_993), ("92233720368547758070E-1", .max), ("-0", 0),
            ("-0.0e5", 0),
            ("0e999999999", 0), ("1200e-2", 12), ("1.000000000000000000000000001", nil), ("999999999999999999.99", nil),
            ("9223372036854775808.0", nil), ("1e400", nil), ("1e-400", nil), ("1e99999999999999999999", nil),
            ("0.1e0", nil),
        ] as [(String, Int64?)])
    func `takes whole numbers as they are, however they are written, and no others`(text: String, number: Int64?) {
        #expect((try? JSON.decode([Int64].self, from: Array("[\(text)]".utf8))) == number.map { [$0] })
    }

    @Test(arguments: ["-0", "-0.0", "-0e400"])
    func `keeps the sign of zero`(text: String) throws {
        let value = try #require(try JSON.decode([Double].self, from: Array("[\(text)]".utf8)).first)
        #expect(value == 0 && value.sign == .minus)
        #expect(try JSON.encode([value]) == Array("[-0]".utf8))
    }

    @Test(arguments: [
        ("12345678901234567890123456789012345678", true), ("-0.10", true), ("1e30", true),
        ("0.1000000000000000055511151231257827021181583404541015625", false),
        ("1234567890123456789012345678901234567890123456789", false),
    ])
    func `takes decimal numbers with all of their digits or not at all`(text: String, isTaken: Bool) throws {
        let value = try? JSON.decode([Decimal].self, from: Array("[\(text)]".utf8))
        let exact = try #require(Decimal(string: text))
        #expect(value == (isTaken ? [exact] : nil))
    }

    @Test(arguments: [#"\""#, #"\\"#, #"\n"#, #"\u00e9"#, "é", "😀", "\u{7f}", " ", "!", "\u{1f}", "\u{0}", "\"", "\\"])
    func `sees what is special in a string wherever it stands`(special: String) {
        for place in 0..<20 {
            for rest in 0..<20 {
                let text = String(repeating: "a", count: place) + special + String(repeating: "z", count: rest)
                compare([String].self, Array("[\"\(text)\"]".utf8))
            }
        }
    }

    @Test(arguments: [#"\ud83d"#, #"\ud83dx"#, #"\ud83d\n"#, #"\ud83d\u0041"#, #"\ud83d\ud83d"#, #"\ude00"#])
    func `refuses half of a surrogate pair, whatever comes after it`(half: String) {
        #expect(throws: DecodingError.self) { try JSON.decode([String].self, from: Array("[\"\(half)\"]".utf8)) }
    }

    @Test func `refuses a comma at the end, which Foundation lets pass`() {
        for json in [#"["a",]"#, #"{"a":1,}"#] {
            #expect(throws: DecodingError.self) { try JSON.decode([String].self, from: Array(json.utf8)) }
            #expect(throws: DecodingError.self) { try JSON.decode([String: Int].self, from: Array(json.utf8)) }
        }
    }

    @Test func `refuses what is not UTF-8`() {
        let json = Array(#"{"text":""#.utf8) + [0xff] + Array(#""}"#.utf8)
        #expect(throws: DecodingError.self) { try JSON.decode(Everything.self, from: json) }
    }

    @Test func `refuses what is nested beyond measure`() {
        let json = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: DecodingError.self) { try JSON.decode([Int].self, from: json) }
    }

    @Test func `survives any bytes, and agrees with Foundation on damaged documents`() throws {
        let sample = Everything(
            text: "a \"b\" é", number: -12, small: 7, real: 1.25, yes: true, texts: ["x", "y"], map: ["k": 1],
            shade: .dark, happening: .named(first: "A", last: nil), inner: [Everything(number: 1)])
        let whole = try JSON.encode(sample)
        compare(Everything.self, whole)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<3000 {
            var json = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<json.count, using: &generator)
                json[place] = "{}[]\",:0123456789.eE+-nulltrue\\ ".utf8.randomElement(using: &generator) ?? 0
            }
            _ = try? JSON.decode(Everything.self, from: json)
            let isOurs = (try? JSON.decode([String: AnyValue].self, from: json)) != nil
            let isFoundations = (try? JSONDecoder().decode([String: AnyValue].self, from: Data(json))) != nil
            let text = String(decoding: json, as: UTF8.self)
            #expect(isOurs == isFoundations || text.contains(/,\s*[\]}]/), "\(text)")
        }
        for _ in 0..<3000 {
            let json = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            #expect(throws: DecodingError.self) { try JSON.decode([String: Int].self, from: json) }
        }
    }

    @Test func `reads a payload under a tag that stands beside it`() throws {
        let payload = Array(#"{"first":"Ada","last":"L"}"#.utf8)
        #expect(
            try TaggedJSON.decode(Happening.self, tag: "named", payload: payload[...])
                == .named(first: "Ada", last: "L"))
        #expect(try TaggedJSON.decode(Happening.self, tag: "nothing", payload: []) == .nothing)
        let unknown = outcome { try TaggedJSON.decode(Happening.self, tag: "unknown", payload: payload[...]) }
        #expect(unknown == .error("no case has the key “unknown”", []))
        let missing = outcome { try TaggedJSON.decode(Happening.self, tag: "named", payload: Array("{}".utf8)[...]) }
        #expect(missing == .error("key first", ["named"]))
    }

    /// Looking along all keys for each of them would take minutes.
    @Test(.timeLimit(.minutes(1))) func `an object of very many members is read and written in a moment`() throws {
        let members = Dictionary(uniqueKeysWithValues: (0..<80_000).map { ("key \($0)", $0) })
        let json = try JSON.encode(members)
        #expect(json.prefix(24).elementsEqual(#"{"key 0":0,"key 1":1,"ke"#.utf8))
        #expect(try JSON.decode([String: Int].self, from: json) == members)
    }

    @Test(arguments: [1, 200]) func `of members with one name the first counts, among few and many`(more: Int) throws {
        let others = (0..<more).map { #""\#($0)":0"# }.joined(separator: ",")
        let json = Array(#"{"number":1,\#(others),"number":2}"#.utf8)
        #expect(try JSON.decode([String: Int].self, from: json)["number"] == 1)
        #expect(try JSON.decode(Everything.self, from: json).number == 1)
        guard case .object(let members) = try json.withUnsafeBytes({ try JSONData($0) }) else {
            Issue.record("no object")
            return
        }
        #expect(members["number"] == .number("1"))
    }

    @Test(arguments: [
        "{\"caf\u{e9}\":1,\"cafe\u{301}\":2}", #"{"caf\u00e9":1,"cafe\u0301":2}"#,
        "{\"a\":0,\"\u{1e0d}\u{307}\":1,\"\u{1e0b}\u{323}\":2}",
    ])
    func `two keys that differ in normal form only are refused, as one value would be lost`(json: String) throws {
        let bytes = Array(json.utf8)
        #expect(throws: DecodingError.self) { try JSON.decode([String: Int].self, from: bytes) }
        #expect(throws: DecodingError.self) { try bytes.withUnsafeBytes { try JSONData($0) } }
    }

    @Test func `a key is found by its bytes, not by what it looks like`() throws {
        struct Coffee: Decodable {
            enum CodingKeys: String, CodingKey { case name = "caf\u{e9}" }
            var name: Int?
        }
        for key in ["cafe\u{301}", #"cafe\u0301"#] {
            #expect(try JSON.decode(Coffee.self, from: Array("{\"\(key)\":1}".utf8)).name == nil)
        }
        #expect(try JSON.decode(Coffee.self, from: Array(#"{"caf\u00e9":1}"#.utf8)).name == 1)
    }

    @Test(arguments: [
        (#"{"number":3.5}"#, "number", "3.5 is not a whole number from -9223372036854775808 to 9223372036854775807"),
        (#"{"number":9223372036854775808}"#, "number", "9223372036854775808 is not a whole number from -9"),
        (#"{"small":256}"#, "small", "256 is not a whole number from 0 to 255"),
        (#"{"real":1e400}"#, "real", "1e400 is not a number from -1.7976931348623157e+308 to"),
    ])
    func `a number out of range is named with its member and the range`(
        json: String, member: String, message: String
    ) throws {
        let error = #expect(throws: DecodingError.self) { try JSON.decode(Everything.self, from: Array(json.utf8)) }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == [member])
        #expect(context.debugDescription.hasPrefix(message))
    }

    @Test func `a decoder that was kept finds nothing`() throws {
        struct Keeper: Decodable {
            let decoder: any Decoder
            init(from decoder: any Decoder) { self.decoder = decoder }
        }
        let keeper = try JSON.decode(Keeper.self, from: Array(#"{"a":"b"}"#.utf8))
        struct Looker: Decodable {
            init(from decoder: any Decoder) throws {}
        }
        _ = try JSON.decode(Looker.self, from: Array(#"{"another":"document"}"#.utf8))
        #expect(throws: DecodingError.self) { try keeper.decoder.singleValueContainer().decode(String.self) }
        #expect(throws: DecodingError.self) { try [String: String](from: keeper.decoder) }
    }
}

/// Any value, so that all of a document is read.
private enum AnyValue: Decodable {
    case read

    init(from decoder: any Decoder) throws {
        if var array = try? decoder.unkeyedContainer() {
            while !array.isAtEnd { _ = try array.decode(AnyValue.self) }
        } else if let object = try? decoder.container(keyedBy: AnyKey.self) {
            for key in object.allKeys { _ = try object.decode(AnyValue.self, forKey: key) }
        } else {
            let value = try decoder.singleValueContainer()
            if !value.decodeNil(), (try? value.decode(Bool.self)) == nil, (try? value.decode(Double.self)) == nil {
                _ = try value.decode(String.self)
            }
        }
        self = .read
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
