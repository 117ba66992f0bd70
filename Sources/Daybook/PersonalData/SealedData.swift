import Crypto
import Foundation

/// The key under which the personal data of one subject are stored. A subject is a stream: one user, for example.
public struct PersonalKey: Sendable {
    let key: SymmetricKey

    /// - Parameter bytes: 32 random bytes.
    public init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// The bytes of a new one.
    public static func random() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }
}

/// The form of personal data in a store: the members that are personal are taken out of an event's data and stand in
/// one last member, sealed with AES-256-GCM under the key of their subject, whose name is authenticated with them:
///
/// ```
/// {"plan":"free","$personal":"email,name.<base64 of nonce, ciphertext and tag>"}
/// ```
///
/// The names of the members stay readable, so that what was forgotten can be shown as such.
public enum SealedData {
    /// Stands in the place of a value that nobody can read any more.
    public static let forgotten = "[forgotten]"

    private static let member = Array(#""$personal":""#.utf8)

    /// - Parameter members: Those to seal, where they are there.
    /// - Returns: The data as they are stored; the same when none of the members is there.
    /// - Throws: ``PersonalDataError``, `DecodingError` when the data are no JSON.
    static func seal(
        _ data: [UInt8], members: Set<String>, with key: PersonalKey, of subject: StreamName
    ) throws -> [UInt8] {
        guard case .object(let all) = try data.withUnsafeBytes({ try JSONData($0) }) else { return data }
        let personal = all.filter { members.contains($0.key) }
        guard !personal.isEmpty else { return data }
        for (name, value) in personal {
            guard name.utf8.allSatisfy(isNameByte) else {
                throw PersonalDataError("the personal member “\(name)” has a name that is not of a–z A–Z 0–9 _ -")
            }
            switch value {
            case .text, .null: continue
            default: throw PersonalDataError("the personal member “\(name)” of \(subject) is no text")
            }
        }
        let secret = JSONData.object(personal).bytes.dropFirst().dropLast()
        let rest = JSONData.object(all.filter { !members.contains($0.key) }).bytes.dropLast()
        let names = personal.keys.sorted().joined(separator: ",")
        return Array(rest) + Array((rest.count > 1 ? "," : "").utf8)
            + (try last(names, Array(secret), with: key, of: subject))
    }

    /// - Returns: `true` when one of the members is there and is not `null`.
    /// - Throws: `DecodingError` when the data are no JSON.
    static func hasValues(of members: Set<String>, in data: [UInt8]) throws -> Bool {
        guard !members.isEmpty, case .object(let all) = try data.withUnsafeBytes({ try JSONData($0) }) else {
            return false
        }
        return all.contains { members.contains($0.key) && $0.value != .null }
    }

    /// Seals all of a document.
    static func sealWhole(_ document: [UInt8], with key: PersonalKey, of subject: StreamName) throws -> [UInt8] {
        [UInt8(ascii: "{")] + (try last("", document, with: key, of: subject))
    }

    /// - Returns: The document that ``sealWhole(_:with:of:)`` has sealed, or one that is not sealed; `nil` when the key
    ///   does not open it.
    static func openWhole(_ document: [UInt8], with key: PersonalKey?, of subject: StreamName) -> [UInt8]? {
        document.withUnsafeBytes { bytes in
            guard let place = place(in: bytes) else { return document }
            return key.flatMap { unseal(bytes[place.value].dropFirst(), with: $0, of: subject) }
        }
    }

    /// The last member, and the end of the object.
    private static func last(
        _ names: String, _ secret: [UInt8], with key: PersonalKey, of subject: StreamName
    ) throws -> [UInt8] {
        let box = try AES.GCM.seal(secret, using: key.key, authenticating: Array(subject.description.utf8))
        guard let sealed = box.combined else { throw PersonalDataError("AES-GCM made no whole box") }
        return member + Array("\(names).\(sealed.base64EncodedString())\"}".utf8)
    }

    /// The data with their personal members, at the end; without a key these are shown as ``forgotten``.
    ///
    /// - Returns: `nil` when nothing in them is sealed: they are as they should be.
    /// - Throws: ``PersonalDataError`` when the key does not open them; what `key` throws.
    public static func open(
        _ data: UnsafeRawBufferPointer, with key: @autoclosure () throws -> PersonalKey?, of subject: StreamName
    ) throws -> [UInt8]? {
        guard let place = place(in: data) else { return nil }
        let value = data[place.value]
        guard let dot = value.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        var members = forgottenMembers(value[..<dot])
        if let key = try key() {
            guard let opened = unseal(value[value.index(after: dot)...], with: key, of: subject) else {
                throw PersonalDataError("the personal data of \(subject) are damaged, or not of this key")
            }
            members = opened
        }
        return Array(data[..<place.start]) + members + [UInt8(ascii: "}")]
    }

    /// `true` when something in them is sealed.
    public static func isSealed(_ data: UnsafeRawBufferPointer) -> Bool { place(in: data) != nil }

    private static func unseal(
        _ text: Slice<UnsafeRawBufferPointer>, with key: PersonalKey, of subject: StreamName
    ) -> [UInt8]? {
        guard let bytes = Data(base64Encoded: Data(text)), let box = try? AES.GCM.SealedBox(combined: bytes),
            let secret = try? AES.GCM.open(box, using: key.key, authenticating: Array(subject.description.utf8))
        else { return nil }
        return Array(secret)
    }

    private static func forgottenMembers(_ names: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let names = names.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        return Array(names.map { "\"\($0)\":\"\(forgotten)\"" }.joined(separator: ",").utf8)
    }

    /// Finds the sealed member from the end. A text that somebody has sent cannot look like it: its quotes are escaped.
    private static func place(in data: UnsafeRawBufferPointer) -> (start: Int, value: Range<Int>)? {
        let end = data.count - 2
        guard end > member.count, data[end] == UInt8(ascii: "\""), data[end + 1] == UInt8(ascii: "}") else {
            return nil
        }
        var first = end
        while first > 0, isValueByte(data[first - 1]) { first -= 1 }
        let start = first - member.count
        guard start >= 1, data[start..<first].elementsEqual(member) else { return nil }
        return (start, first..<end)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 95: true
        default: false
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || [0x2b, 0x2c, 0x2e, 0x2f, 0x3d].contains(byte)
    }
}

/// Personal data that cannot be sealed.
public struct PersonalDataError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension NewEvent {
    /// `true` when it, or what is published of it, has members that are personal.
    public var isPersonal: Bool { !personal.isEmpty || published.contains { !$0.personal.isEmpty } }

    /// `true` when it, or what is published of it, has a value in a personal member: one of a type with personal members
    /// may be without any of them.
    ///
    /// - Throws: `DecodingError` when the data are no JSON.
    public func hasPersonalValues() throws -> Bool {
        try SealedData.hasValues(of: personal, in: data)
            || published.contains { try SealedData.hasValues(of: $0.personal, in: $0.data) }
    }

    /// The event as it is stored, with its personal members sealed.
    ///
    /// - Throws: ``PersonalDataError``, `DecodingError`.
    public func sealed(with key: PersonalKey, in stream: StreamName) throws -> NewEvent {
        var event = self
        event.data = try SealedData.seal(data, members: personal, with: key, of: stream)
        event.published = try published.map { entry in
            var entry = entry
            // What is published as it is stored is stored once.
            entry.data =
                entry.data == data && entry.personal == personal
                ? event.data : try SealedData.seal(entry.data, members: entry.personal, with: key, of: stream)
            return entry
        }
        return event
    }
}

extension Snapshot {
    /// The snapshot as it is stored where its subject has a key: all of its state is sealed.
    public func sealed(with key: PersonalKey) throws -> Snapshot {
        var snapshot = self
        snapshot.state = try SealedData.sealWhole(state, with: key, of: stream)
        return snapshot
    }

    /// The snapshot as it was before it was sealed; `nil` when the key does not open it.
    public func opened(with key: PersonalKey?) -> Snapshot? {
        guard let state = SealedData.openWhole(state, with: key, of: stream) else { return nil }
        var snapshot = self
        snapshot.state = state
        return snapshot
    }
}
