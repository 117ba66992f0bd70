import Testing

@testable import Daybook

@Suite struct `Sealed data` {
    private let key = PersonalKey(bytes: PersonalKey.random())
    private let ada = StreamName(stored: "user-ada")

    private func seal(_ json: String, _ members: Set<String>) throws -> String {
        String(decoding: try SealedData.seal(Array(json.utf8), members: members, with: key, of: ada), as: UTF8.self)
    }

    private func open(_ json: String, with key: PersonalKey?, of subject: StreamName? = nil) throws -> String? {
        try Array(json.utf8).withUnsafeBytes { try SealedData.open($0, with: key, of: subject ?? ada) }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        #"{"email":"ada@example.com","name":"Ada","plan":"free","seats":3}"#, #"{"email":"ada@example.com"}"#,
        #"{"email":"a\"}","$personal":"x.y","name":null}"#,
    ])
    func `show nothing of what is personal, and open with the key`(json: String) throws {
        let sealed = try seal(json, ["email", "name", "phone"])
        #expect(!sealed.contains("ada@example.com") && !sealed.contains("Ada"))
        let opened = try #require(try open(sealed, with: key))
        let (before, after) = (try JSONData(text: json), try JSONData(text: opened))
        #expect(before == after)
    }

    @Test func `say what was forgotten where there is no key, and open with no other`() throws {
        let sealed = try seal(#"{"email":"ada@example.com","name":"Ada","plan":"free"}"#, ["email", "name"])
        let shown = #"{"plan":"free","email":"[forgotten]","name":"[forgotten]"}"#
        #expect(try open(sealed, with: nil) == shown)
        let other = PersonalKey(bytes: PersonalKey.random())
        #expect(throws: PersonalDataError.self) { try open(sealed, with: other) }
        #expect(throws: PersonalDataError.self) { try open(sealed, with: key, of: StreamName(stored: "user-eve")) }
    }

    @Test(arguments: [
        #"{}"#, #"{"name":"Ada"}"#, #"{"name":"\",\"$personal\":\"x.AAAA"}"#, #"[]"#, #""$personal":"x.y"}"#, "",
    ])
    func `are told from data that only look like them`(json: String) throws {
        #expect(try open(json, with: key) == nil)
    }

    @Test(arguments: [
        (#"{"email":"ada@example.com","plan":"free"}"#, true), (#"{"email":null,"plan":"free"}"#, false),
        (#"{"plan":"free"}"#, false), (#"["ada@example.com"]"#, false),
    ])
    func `are of use where a personal member has a value`(json: String, hasValues: Bool) throws {
        #expect(try SealedData.hasValues(of: ["email", "name"], in: Array(json.utf8)) == hasValues)
    }

    @Test func `take only texts`() {
        #expect(throws: PersonalDataError.self) { try seal(#"{"age":36}"#, ["age"]) }
        #expect(throws: PersonalDataError.self) { try seal(#"{"a\"b":"x"}"#, ["a\"b"]) }
    }

    @Test func `are stored once where what is published is what is stored`() throws {
        let data = Array(#"{"email":"ada@example.com"}"#.utf8)
        let event = NewEvent(
            id: .new(), type: "t", occurredAt: .now(), data: data, metadata: [],
            published: [
                .init(type: "x.t", schemaVersion: 1, data: data, personal: ["email"]),
                .init(type: "x.u", schemaVersion: 1, data: data),
            ], personal: ["email"])
        let sealed = try event.sealed(with: key, in: ada)
        #expect(sealed.data != data && sealed.published[0].data == sealed.data && sealed.published[1].data == data)
    }
}

extension JSONData {
    fileprivate init(text: String) throws { self = try Array(text.utf8).withUnsafeBytes { try JSONData($0) } }
}
