/// The rules for an email, a name and a reason. Surrounding white space is dropped.
enum Validation {
    static func email(_ text: String) throws(UserFailure) -> String {
        let email = trimmed(text)
        guard email.utf8.count <= 254 else { throw .invalidEmail(reason: "is longer than 254 bytes") }
        guard isPrintableASCII(email) ? !email.utf8.contains(0x20) : !email.unicodeScalars.contains(where: isBlank)
        else {
            throw .invalidEmail(reason: "contains white space, control or invisible characters")
        }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64 else {
            throw .invalidEmail(reason: "is not of the form local@domain")
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") && !$0.hasSuffix("-") }) else {
            throw .invalidEmail(reason: "has no valid domain")
        }
        return email
    }

    static func name(_ text: String) throws(UserFailure) -> String {
        let name = trimmed(text)
        guard isVisible(name) else { throw .invalidName(reason: "is empty") }
        guard name.count <= 200, name.utf8.count <= 800 else {
            throw .invalidName(reason: "is longer than 200 characters or 800 bytes")
        }
        guard isPrintableASCII(name) || !name.unicodeScalars.contains(where: isControl) else {
            throw .invalidName(reason: "contains control characters")
        }
        return name
    }

    static func reason(_ text: String) throws(UserFailure) -> String {
        let reason = trimmed(text)
        guard isVisible(reason) else { throw .invalidReason(reason: "is empty") }
        guard reason.count <= 500, reason.utf8.count <= 2000 else {
            throw .invalidReason(reason: "is longer than 500 characters or 2000 bytes")
        }
        guard isPrintableASCII(reason) || !reason.unicodeScalars.contains(where: { isControl($0) && $0 != "\n" }) else {
            throw .invalidReason(reason: "contains control characters")
        }
        return reason
    }

    private static func trimmed(_ text: String) -> String {
        if isPrintableASCII(text), text.utf8.first != 0x20, text.utf8.last != 0x20 { return text }
        let tail = text.drop(while: \.isWhitespace)
        guard let end = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(tail[...end])
    }

    /// Most texts are: what is more costly to ask need not be asked of them.
    private static func isPrintableASCII(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }

    /// `false` when a reader would see nothing: some scripts need invisible characters, but not alone.
    private static func isVisible(_ text: String) -> Bool {
        isPrintableASCII(text) ? !text.isEmpty : !text.unicodeScalars.allSatisfy(isBlank)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || isControl(scalar) || EmailAddress.isInvisible(scalar)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
