import Daybook
import DaybookTesting
import Testing
import Users

@Suite struct `A user` {
    private let created = UserEvent.created(contactEmail: "ada@example.com", name: "Ada")

    @Test func `is created once`() throws {
        try given(User.self).when(.create(email: " ada@example.com ", name: "Ada")).then(created)
        try given(User.self, created).when(.create(email: "x@example.com", name: "X")).thenFails(.alreadyCreated)
    }

    @Test func `changes its email`() throws {
        try given(User.self, created).when(.changeEmail(newEmail: "ada@example.org"))
            .then(.emailChanged(oldEmail: "ada@example.com", newEmail: "ada@example.org"))
    }

    @Test func `is not changed by the email it has`() throws {
        try given(User.self, created).when(.changeEmail(newEmail: "ada@example.com")).thenNothing()
    }

    @Test func `changes its email to one that is only composed in another way`() throws {
        var user = User()
        user.apply(.created(contactEmail: "jos\u{e9}@example.com", name: "José"))
        let typed = "jose\u{301}@example.com"
        for event in try user.handle(.changeEmail(newEmail: typed)) { user.apply(event) }
        #expect(Array((user.email ?? "").utf8) == Array(typed.utf8))
        #expect(try user.handle(.changeEmail(newEmail: typed)).isEmpty)
    }

    @Test func `refuses another email while it is not active`() throws {
        try given(User.self, created, .deactivated(reason: "left")).when(.changeEmail(newEmail: "a@b.cd")).thenFails(
            .inactive)
    }

    @Test func `is deactivated once`() throws {
        try given(User.self, created).when(.deactivate(reason: "left")).then(.deactivated(reason: "left"))
        try given(User.self, created, .deactivated(reason: "left")).when(.deactivate(reason: "left")).thenFails(
            .alreadyInactive)
    }

    @Test func `is reactivated once`() throws {
        try given(User.self, created, .deactivated(reason: "left")).when(.reactivate(reason: "came back")).then(
            .reactivated(reason: "came back"))
        try given(User.self, created).when(.reactivate(reason: "came back")).thenFails(.alreadyActive)
    }

    @Test func `is deactivated and reactivated with a reason of 1 to 500 characters, which it keeps`() throws {
        let longest = String(repeating: "é", count: 500)
        try given(User.self, created).when(.deactivate(reason: " \(longest) ")).then(.deactivated(reason: longest))
        let lines = "She moved:\nto another town."
        try given(User.self, created).when(.deactivate(reason: lines)).then(.deactivated(reason: lines))
        for refused in ["", "  ", longest + "é", "a\u{0}b", "\u{200B}", " \u{200B}\u{AD} \u{FEFF}", "\u{3164}"] {
            #expect(throws: UserFailure.self) { try activeUser.handle(.deactivate(reason: refused)) }
            #expect(throws: UserFailure.self) { try inactiveUser.handle(.reactivate(reason: refused)) }
        }
        #expect(inactiveUser.statusReason == "left")
        var user = inactiveUser
        user.apply(.reactivated(reason: nil))
        #expect(user.isActive && user.statusReason == nil)
    }

    @Test func `has no reason left once it is forgotten`() {
        var user = inactiveUser
        user.apply(.forgotten)
        #expect(user.statusReason == nil)
    }

    private var activeUser: User {
        var user = User()
        user.apply(created)
        return user
    }

    private var inactiveUser: User {
        var user = activeUser
        user.apply(.deactivated(reason: "left"))
        return user
    }

    @Test(arguments: [
        UserCommand.changeEmail(newEmail: "a@b.cd"), .deactivate(reason: "left"), .reactivate(reason: "came back"),
    ])
    func `that was never created refuses everything else`(command: UserCommand) throws {
        try given(User.self).when(command).thenFails(.notFound)
    }

    @Test(arguments: [
        "", "ada", "a\u{200B}da@example.com", "ada@exam\u{AD}ple.com", "@example.com", "ada@", "ada@example",
        "a b@example.com", "a@b@c.de", "a@.de", "a@-b.de",
    ])
    func `refuses an email that is none`(email: String) {
        #expect(throws: UserFailure.self) { try User().handle(.create(email: email, name: "Ada")) }
    }

    @Test(arguments: [
        "", "  ", "a\u{0}b", String(repeating: "x", count: 201), "\u{200B}", "\u{200B} \u{200D}", "\u{E0001}",
    ])
    func `refuses a name that is none`(name: String) {
        #expect(throws: UserFailure.self) { try User().handle(.create(email: "a@example.com", name: name)) }
    }

    @Test(arguments: ["می\u{200C}خواهم", "👩\u{200D}🔬", String(repeating: "é", count: 200)])
    func `has a name with invisible characters where a script needs them`(name: String) throws {
        try given(User.self).when(.create(email: "a@example.com", name: name))
            .then(.created(contactEmail: "a@example.com", name: name))
    }

    @Test func `keeps its email history`() {
        var user = User()
        for event in [created, .emailChanged(oldEmail: "ada@example.com", newEmail: "b@example.com")] {
            user.apply(event)
        }
        #expect(user.emailHistory == ["ada@example.com", "b@example.com"])
    }

    /// What is stored and published under these names and forms stays readable for ever.
    @Test func `is stored and published in these forms`() throws {
        let stored = try EventCodec<User>().encode(created, metadata: [], occurredAt: .now())
        #expect(stored.type == "created" && stored.schemaVersion == 2)
        #expect(stored.data == Array(#"{"contactEmail":"ada@example.com","name":"Ada"}"#.utf8))
        let published = Array(#"{"email":"ada@example.com","name":"Ada"}"#.utf8)
        #expect(stored.published.map(\.type) == ["user.created"] && stored.published.map(\.data) == [published])
        #expect(stored.published.map(\.schemaVersion) == [1])
        let events: [(UserEvent, String, String)] = [
            (
                .emailChanged(oldEmail: "a@b.cd", newEmail: "e@f.gh"), "email-changed",
                #"{"newEmail":"e@f.gh","oldEmail":"a@b.cd"}"#
            ),
            (.deactivated(reason: "left"), "deactivated", #"{"reason":"left"}"#),
            (.reactivated(reason: "came back"), "reactivated", #"{"reason":"came back"}"#),
            (.deactivated(reason: nil), "deactivated", "{}"), (.forgotten, "forgotten", "{}"),
        ]
        for (event, type, data) in events {
            let encoded = try EventCodec<User>().encode(event, metadata: [], occurredAt: .now())
            #expect(encoded.type == type && encoded.data == Array(data.utf8))
            #expect(encoded.published.map(\.type) == ["user.\(type)"])
            #expect(encoded.published.map(\.data) == [Array(data.utf8)])
            #expect(try TaggedJSON.decode(UserEvent.self, tag: type, payload: encoded.data[...]) == event)
        }
    }
}
