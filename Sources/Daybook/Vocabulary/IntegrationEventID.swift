/// Names an integration event: the id of its domain event; the second, third… of the same event add `.1`, `.2`.
public struct IntegrationEventID: Hashable, Sendable, CustomStringConvertible {
    public let event: EventID
    public let ordinal: Int

    public init(event: EventID, ordinal: Int = 0) {
        self.event = event
        self.ordinal = ordinal
    }

    public init?(_ text: String) {
        let id = text.utf8.prefix { $0 != UInt8(ascii: ".") }
        guard let event = EventID(String(Substring(id))) else { return nil }
        if id.endIndex == text.endIndex {
            self.init(event: event)
            return
        }
        let digits = text[text.utf8.index(after: id.endIndex)...]
        guard let ordinal = Int(digits), ordinal > 0, String(ordinal) == digits else { return nil }
        self.init(event: event, ordinal: ordinal)
    }

    public var description: String { ordinal == 0 ? event.description : "\(event).\(ordinal)" }
}
