import Daybook
import Testing

/// Events and commands of every form.
private struct Order: Aggregate {
    struct Address: Codable, Sendable {
        var street: String
        var floor: Int?
    }
    struct Line: Codable, Sendable {
        var article: String
        var amount: Int
    }

    enum Event: DomainEvent {
        case placed(
            address: Address, lines: [Line], price: Double, isGift: Bool, discounts: [String: Double], note: String?)
        case cancelled
        case rated(stars: [Int: Int], tags: [String])

        static let schemaVersions = ["placed": 3]
        static let catalogue: [EventDescription<Self>] = [
            EventDescription(
                .placed(
                    address: Address(street: "High Street", floor: 2), lines: [Line(article: "tea", amount: 3)],
                    price: 12, isGift: false, discounts: ["spring": 1], note: "ring twice"),
                "An order was placed.", since: "2"),
            EventDescription(.cancelled, "It was cancelled.", since: "1"),
            EventDescription(.rated(stars: [5: 1], tags: []), "It was rated.", since: "1"),
        ]
    }
    enum Published: IntegrationEvent {
        case placed(price: Double)
        static let namespace = "shop"
        static let catalogue: [EventDescription<Self>] = [
            EventDescription(.placed(price: 12.5), "An order was placed.", since: "1")
        ]
    }
    enum Command: Codable, Sendable {
        case place(note: String?)
        case cancel
    }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "order"
    static let owner = "shop-team"
    static let commands: [CommandDescription<Command>] = [
        CommandDescription(.place(note: "ring twice"), "Places an order."),
        CommandDescription(.cancel, "Cancels it."),
    ]

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
    static func published(_ event: Event) -> [Published] { [] }
}

/// Describes one type twice.
private struct Twice: Aggregate {
    enum Event: DomainEvent {
        case happened(at: Int)
        static let catalogue: [EventDescription<Self>] = [
            EventDescription(.happened(at: 1), "Once.", since: "1"),
            EventDescription(.happened(at: 2), "Again.", since: "1"),
        ]
    }
    enum Command: Codable, Sendable { case go }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "twice"

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) {}
}

@Suite struct `A catalogue` {
    private func parsed(_ text: String) throws -> JSONData { try Array(text.utf8).withUnsafeBytes { try JSONData($0) } }

    @Test func `finds out the fields of an event from its example and the code`() throws {
        let placed = try #require(try Catalogue(Order.self).events.first { $0.type == "placed" })
        #expect(placed.schemaVersion == 3 && placed.since == "2" && placed.text == "An order was placed.")
        let kinds = placed.form.fields.mapValues(\.kind)
        // A price of 12 is written as a whole number, and is none.
        let expected: [String: CatalogueField.Kind] = [
            "address": .object, "address.street": .string, "address.floor": .integer, "lines": .array,
            "lines[]": .object, "lines[].article": .string, "lines[].amount": .integer, "price": .number,
            "isGift": .boolean, "discounts": .object, "discounts.*": .number, "note": .string,
        ]
        #expect(kinds == expected)
        let optional = placed.form.fields.filter(\.value.isOptional).keys
        #expect(Set(optional) == ["address.floor", "discounts.*", "lines[]", "note"])
    }

    @Test func `has what is stored, published and asked for, in order`() throws {
        let catalogue = try Catalogue(Order.self)
        #expect(catalogue.category == "order" && catalogue.owner == "shop-team" && catalogue.namespace == "shop")
        #expect(catalogue.events.map(\.type) == ["cancelled", "placed", "rated"])
        #expect(catalogue.events.map(\.schemaVersion) == [1, 3, 1])
        #expect(catalogue.published.map(\.type) == ["shop.placed"])
        #expect(catalogue.commands.map(\.name) == ["cancel", "place"])
        #expect(catalogue.events[0].form.fields.isEmpty)
        // A map whose keys are numbers, and a list that shows nothing of its elements.
        #expect(Set(catalogue.events[2].form.fields.keys) == ["stars", "stars.*", "tags"])
    }

    @Test func `is the same after it was kept in a file`() throws {
        let catalogue = try Catalogue(Order.self)
        #expect(try Catalogue(json: parsed(catalogue.text)) == catalogue)
        let text = catalogue.text
        #expect(text.hasPrefix("{\n  \"category\": \"order\",\n  \"commands\": [\n    {\n"))
        #expect(text.hasSuffix("]\n}\n") && text.contains("\"fields\": {},\n"))
    }

    @Test func `says what is missing in a file`() throws {
        let error = #expect(throws: CatalogueError.self) {
            try Catalogue(json: parsed(#"{"category":"order","owner":"","namespace":"","events":[{}]}"#))
        }
        #expect(error?.description == "type is missing")
    }

    @Test func `refuses a type that is described twice`() {
        let error = #expect(throws: CatalogueError.self) { try Catalogue(Twice.self) }
        #expect(error?.description == "Event describes happened more than once")
    }

    @Test func `leaves an optional field without a value out of what is stored`() throws {
        let event = Order.Event.placed(
            address: Order.Address(street: "High Street"), lines: [], price: 1, isGift: true, discounts: [:], note: nil)
        let data = String(decoding: try TaggedJSON.encode(event).payload, as: UTF8.self)
        #expect(data == #"{"address":{"street":"High Street"},"discounts":{},"isGift":true,"lines":[],"price":1}"#)
        let again = try TaggedJSON.decode(Order.Event.self, tag: "placed", payload: Array(data.utf8)[...])
        #expect(try JSON.encode(again) == JSON.encode(event))
    }
}
