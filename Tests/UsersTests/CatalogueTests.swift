import Daybook
import DaybookTesting
import Foundation
import Testing
import Users

@Suite struct `The catalogue of users` {
    @Test func `has every event and field that random sequences of commands come to`() throws {
        let catalogue = try Catalogue(User.self)
        let forms = Dictionary((catalogue.events + catalogue.published).map { ($0.type, $0.form) }) { first, _ in first
        }
        var random = SeededGenerator(seed: 1)
        var seen: Set<String> = []
        for _ in 0..<200 {
            var user = User()
            for _ in 0..<20 {
                let isLast = Int.random(in: 0..<10, using: &random) == 0
                let events =
                    isLast ? user.forgetting() : (try? user.handle(`A user's properties`.command(&random))) ?? []
                for event in events {
                    let stored = try EventCodec<User>().encode(event, metadata: [], occurredAt: .now())
                    for (type, data) in [(stored.type, stored.data)] + stored.published.map({ ($0.type, $0.data) }) {
                        seen.insert(type)
                        let form = try #require(forms[type], "\(type) is not in the catalogue")
                        let fields = try JSON.decode([String: String].self, from: data).keys
                        #expect(Set(fields).isSubset(of: form.fields.keys), "\(type)")
                    }
                    user.apply(event)
                }
            }
        }
        #expect(seen == Set(forms.keys))
    }

    @Test func `is the one that was committed`() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try String(
            contentsOf: repository.appending(path: "config/schemas/user.json"), encoding: .utf8)
        #expect(try Catalogue(User.self).text == committed, "daybook schema accept writes it")
    }

    @Test func `has every command, and commands that it can take`() throws {
        let names = try Catalogue(User.self).commands.map(\.name)
        #expect(names == ["change-email", "create", "deactivate", "reactivate"])
        try given(User.self).when(User.commands[0].example)
            .then(.created(contactEmail: "ada@example.com", name: "Ada Lovelace"))
    }
}
