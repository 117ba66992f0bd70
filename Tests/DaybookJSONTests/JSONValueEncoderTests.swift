import DaybookTesting
import Foundation
import Testing

@testable import DaybookJSON

@Suite struct `Writing JSON` {
    private enum Happening: Encodable {
        case named(first: String, last: String?)
        case counted(Int)
        case nothing
    }
    private class Parent: Encodable {
        var age = 70
        enum CodingKeys: CodingKey { case age }
    }
    private final class Child: Parent {
        var school = "first"
        enum ChildKeys: CodingKey { case school, parent }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: ChildKeys.self)
            try super.encode(to: container.superEncoder(forKey: .parent))
            try super.encode(to: container.superEncoder())
            try container.encode(school, forKey: .school)
        }
    }
    /// Takes its containers one after the other and fills them in another order.
    private struct Scattered: Encodable {
        enum CodingKeys: CodingKey { case list, map, last }
        func encode(to encoder: any Encoder) throws {
            var first = encoder.container(keyedBy: CodingKeys.self)
            var list = first.nestedUnkeyedContainer(forKey: .list)
            var map = first.nestedContainer(keyedBy: CodingKeys.self, forKey: .map)
            try first.encode(1, forKey: .last)
            try map.encode("b", forKey: .list)
            var inner = list.nestedContainer(keyedBy: CodingKeys.self)
            try list.encodeNil()
            try inner.encode(true, forKey: .last)
            var again = encoder.container(keyedBy: CodingKeys.self)
            try again.encode(2.5 as Float, forKey: .last)
            var deeper = list.nestedUnkeyedContainer()
            try deeper.encode(contentsOf: ["x", "y"])
            try [1: "one"].encode(to: list.superEncoder())
        }
    }
    private struct Silent: Encodable {
        func encode(to encoder: any Encoder) throws {}
    }

    private func compare(_ value: some Encodable, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let foundation = String(decoding: try encoder.encode(value), as: UTF8.self)
        let ours = String(decoding: try JSON.encode(value), as: UTF8.self)
        #expect(ours == foundation, sourceLocation: sourceLocation)
    }

    @Test func `gives what Foundation gives`() throws {
        try compare(Happening.named(first: "Ada", last: nil))
        try compare(Happening.named(first: "a/b \"c\" \\ \u{1} \u{7f} \n\r\t\u{8}\u{c} é 😀 \u{2028}", last: "x"))
        try compare([Happening.counted(-3), .nothing])
        try compare(["b": 1, "a": 2, "B": 3, "a10": 4, "a2": 5, "ä": 6, "": 7, "a/b": 8])
        try compare([3: "c", 1: "a"])
        try compare([[1.0, 1.5, -0.0, 1e20, 1e-7, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude]])
        try compare([Float(0.1), 3, 1e10])
        try compare([Int64.min, Int64.max])
        try compare([UInt64.max])
        try compare([UInt8(7)])
        try compare([true, false])
        try compare([String?.none, "x"])
        try compare([URL(string: "https://example.com/a?b=c")])
        try compare([Data([1, 2, 3])])
        try compare([Decimal(string: "12.34")])
        try compare(Date(timeIntervalSinceReferenceDate: 1.5))
        try compare("text")
        try compare(12)
        try compare(Child())
        try compare(Scattered())
        try compare([Silent()])
        try compare(["silent": Silent()])
        try compare([String: Int]())
        try compare([Int]())
    }

    @Test(arguments: [0, 100]) func `keeps members apart that differ in normal form only`(others: Int) throws {
        struct Lookalikes: Encodable {
            let others: Int
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: JSONKey.self)
                for number in 0..<others { try container.encode(number, forKey: JSONKey(stringValue: "\(number)")) }
                for (key, value) in [("caf\u{e9}", 1), ("cafe\u{301}", 2), ("caf\u{e9}", 3)] {
                    try container.encode(value, forKey: JSONKey(stringValue: key))
                }
            }
        }
        let json = String(decoding: try JSON.encode(Lookalikes(others: others)), as: UTF8.self).unicodeScalars
        #expect(Array(json.suffix(19)) == Array("\"caf\u{e9}\":3,\"cafe\u{301}\":2}".unicodeScalars))
    }

    @Test func `refuses what JSON does not have`() {
        for number in [Double.nan, .infinity, -.infinity] {
            #expect(throws: EncodingError.self) { try JSON.encode([number]) }
            #expect(throws: EncodingError.self) { try JSON.encode(["a": number]) }
        }
        #expect(throws: EncodingError.self) { try JSON.encode(Silent()) }
    }

    @Test func `what was written is read again`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2ff, using: &generator))
            }
            let text = String(String.UnicodeScalarView(scalars))
            try #expect(JSON.decode([String: String].self, from: JSON.encode([text: text])) == [text: text])
        }
    }
}
