/// The place of a request in a trace, as W3C Trace Context has it in `traceparent`.
enum TraceParent {
    private static let length = 55

    /// The part of a header that is kept and published: all of one in version 00. Of a later version, which may be
    /// longer, what version 00 has too.
    ///
    /// - Returns: `nil` for what is none, which W3C has ignored.
    static func read(_ header: String) -> String? {
        let bytes = Array(header.utf8)
        guard bytes.count >= length, isHexadecimal(bytes[0..<2]), isHexadecimal(bytes[3..<35]),
            isHexadecimal(bytes[36..<52]), isHexadecimal(bytes[53..<55]),
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") })
        else { return nil }
        // Neither the trace nor its parent may be all zeros.
        guard isAny(bytes[3..<35]), isAny(bytes[36..<52]) else { return nil }
        switch String(decoding: bytes[0..<2], as: UTF8.self) {
        case "00": return bytes.count == length ? header : nil
        case "ff": return nil
        default:
            guard bytes.count == length || bytes[length] == UInt8(ascii: "-") else { return nil }
            // Of the flags of a later version only the last one is known.
            let flags = isSampled(bytes[54]) ? "01" : "00"
            return "00\(String(decoding: bytes[2..<53], as: UTF8.self))\(flags)"
        }
    }

    private static func isAny(_ digits: ArraySlice<UInt8>) -> Bool { digits.contains { $0 != UInt8(ascii: "0") } }

    private static func isSampled(_ digit: UInt8) -> Bool { "13579bdf".utf8.contains(digit) }

    /// In lower case, as it has to be.
    private static func isHexadecimal(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
