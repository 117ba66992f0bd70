import Daybook
import DaybookTesting
import Testing

@Suite struct `Every stored form of an event` {
    private enum Whole: DomainEvent {
        case added(amount: Int, unit: String)
        case noted(text: String)

        static let schemaVersions = ["added": 3]
        static let upcasters: [Upcaster] = [
            .renamed(member: "count", to: "amount", of: "added", from: 1),
            .added(member: "unit", with: "piece", to: "added", from: 2),
            .dropped("looked-at", from: 1),
            Upcaster("added-with-note", from: 1) { event in
                [
                    StoredForm(type: "added", schemaVersion: 1, data: ["count": event.data["count"] ?? 0]),
                    StoredForm(type: "noted", schemaVersion: 1, data: ["text": event.data["text"] ?? ""]),
                ]
            },
        ]
    }

    private static let forms = [
        StoredForm(type: "added", schemaVersion: 1, data: ["count": 2]),
        StoredForm(type: "added", schemaVersion: 2, data: ["amount": 2]),
        StoredForm(type: "added", schemaVersion: 3, data: ["amount": 2, "unit": "box"]),
        StoredForm(type: "looked-at", schemaVersion: 1, data: [:]),
        StoredForm(type: "added-with-note", schemaVersion: 1, data: ["count": 2, "text": "n"]),
    ]

    @Test func `can be read today`() throws {
        try verifyUpcasters(of: Whole.self, stored: Self.forms)
    }

    @Test func `is needed for each upcaster`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyUpcasters(of: Whole.self, stored: Self.forms.filter { $0.type != "looked-at" })
        }
        #expect(broken?.description == "looked-at 1: an upcaster takes it on, and no stored form needs it")
    }

    /// Its second upcaster was forgotten.
    private enum Unfinished: IntegrationEvent {
        case added(amount: Int)

        static let namespace = "tally"
        static let schemaVersions = ["added": 3]
        static let upcasters: [Upcaster] = [.renamed(member: "count", to: "amount", of: "added", from: 1)]
    }

    @Test func `is named when it stops on the way, with its steps`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyUpcasters(of: Unfinished.self, stored: [Self.forms[0]])
        }
        let description = "added 1 → added 2: no upcaster takes it on, and added is at schema version 3"
        #expect(broken?.description == description)
    }

    /// Its upcaster brings it to the present version without the member that is new.
    private enum Forgetful: DomainEvent {
        case added(amount: Int, unit: String)

        static let schemaVersions = ["added": 2]
        static let upcasters: [Upcaster] = [.renamed(member: "count", to: "amount", of: "added", from: 1)]
    }

    @Test func `is named when it cannot be decoded at the end`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyUpcasters(of: Forgetful.self, stored: [Self.forms[0]])
        }
        #expect(broken?.description.hasPrefix("added 1 → added 2: cannot be decoded: ") == true)
        #expect(broken?.description.contains("unit") == true)
    }

    private enum Circling: DomainEvent {
        case added(amount: Int)

        static let upcasters: [Upcaster] = [
            .renamed(type: "added", to: "increased", from: 1), .renamed(type: "increased", to: "added", from: 1),
        ]
    }

    @Test func `is named when its upcasters lead in a circle`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyUpcasters(of: Circling.self, stored: [Self.forms[0]])
        }
        #expect(broken?.description == "added 1 → increased 1: goes in a circle, to added 1")
    }

    /// Comes to the present by a version before its own, which no stored event of it went through.
    private enum Returning: DomainEvent {
        case added(amount: Int)

        static let schemaVersions = ["added": 3]
        static let upcasters = [2: 1, 1: 3].map { from, to in
            Upcaster("added", from: from) { [StoredForm(type: "added", schemaVersion: to, data: $0.data)] }
        }
    }

    @Test func `is named when an upcaster takes it back`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyUpcasters(of: Returning.self, stored: [Self.forms[1]])
        }
        #expect(broken?.description == "added 2: goes back, to added 1")
    }

    private enum Doubled: DomainEvent {
        case added(amount: Int)

        static let schemaVersions = ["added": 2]
        static let upcasters: [Upcaster] = [
            .renamed(member: "count", to: "amount", of: "added", from: 1),
            .added(member: "amount", with: 1, to: "added", from: 1),
        ]
    }

    @Test func `has one upcaster at most`() {
        let broken = #expect(throws: BrokenProperty.self) { try verifyUpcasters(of: Doubled.self, stored: []) }
        #expect(broken?.description == "added 1: two upcasters take it on")
    }
}
