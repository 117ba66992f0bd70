/// The description of a type of event. All else that a ``Catalogue`` says of it is found out from the example.
public struct EventDescription<Event: Codable & Sendable>: Sendable {
    /// An event of the type in which every field has a value, an optional one too, and no list is empty.
    public var example: Event
    /// The fact in a sentence.
    public var text: String
    /// Since when its schema version is the present one: a date, or a version of the domain.
    public var since: String

    /// A description of the type that `example` is of.
    public init(_ example: Event, _ text: String, since: String) {
        self.example = example
        self.text = text
        self.since = since
    }
}
