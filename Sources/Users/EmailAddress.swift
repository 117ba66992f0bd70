import Foundation

/// The comparison of email addresses, for the rule of one user per email and for searches.
public enum EmailAddress {
    /// The form in which two spellings of one address are equal: normalization form KC in lower case, without invisible
    /// characters. It is for comparing only; an address is stored and shown as it was typed.
    public static func normalForm(of email: String) -> String {
        var email = email
        let (isASCII, hasCapitals) = email.withUTF8 { bytes in
            bytes.reduce(into: (true, false)) { found, byte in
                if byte >= 0x80 { found.0 = false }
                if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") { found.1 = true }
            }
        }
        if isASCII { return hasCapitals ? email.lowercased() : email }
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
