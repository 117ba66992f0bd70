import Foundation

/// The comparison of email addresses, for the rule of one user per email and for searches.
public enum EmailAddress {
    /// The form in which two spellings of one address are equal: normalization form KC in lower case, without invisible
    /// characters. It is for comparing only; an address is stored and shown as it was typed.
    public static func normalForm(of email: String) -> String {
        if email.utf8.allSatisfy({ $0 < 0x80 }) { return email.lowercased() }
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
