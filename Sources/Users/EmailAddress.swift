import Foundation

/// The comparison of email addresses, for the rule of one user per email and for searches.
public enum EmailAddress {
    /// The form in which two spellings of one address are equal: normalization form KC in lower case, without invisible
    /// characters. It is for comparing only; an address is stored and shown as it was typed.
    public static func normalForm(of email: String) -> String {
        var email = email
        // 0x80 for what is not ASCII, and 1 for capitals. Without an early end, many bytes are looked at together.
        let found = email.withUTF8 { bytes in
            bytes.reduce(0 as UInt8) { $0 | ($1 & 0x80) | ($1 &- UInt8(ascii: "A") < 26 ? 1 : 0) }
        }
        if found < 0x80 { return found == 0 ? email : email.lowercased() }
        var visible = String.UnicodeScalarView()
        visible.append(contentsOf: email.unicodeScalars.filter { !isInvisible($0) })
        return String(visible).precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
    }

    /// `true` for zero-width and formatting characters, which make addresses that look alike.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .format
    }
}
