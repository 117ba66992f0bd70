import Daybook
import RabbitMQ

/// An integration event as a message: CloudEvents 1.0 in binary mode, the attributes as application headers. The body
/// is the data. Each header costs the broker more than its bytes do.
extension CloudEvent {
    // MARK: Writing

    func message() throws -> Message {
        let names = CloudEventAttribute.headers
        let attributes = try attributes()
        return Message(
            body: Array(entry.data), contentType: Self.dataContentType,
            messageID: attributes.first { $0.attribute == .id }?.value, isPersistent: true,
            headers: FieldTable(
                attributes.map { .init(name: names[$0.attribute.rawValue], value: .string($0.value)) }))
    }

    // MARK: Reading

    /// - Throws: `Unreadable` saying what is missing or wrong.
    init(_ delivery: Delivery) throws(Unreadable) {
        guard !delivery.isTruncated else {
            throw Unreadable("the body of \(delivery.bodySize) bytes is too large")
        }
        try self.init(delivery.message)
    }

    /// - Throws: `Unreadable` saying what is missing or wrong.
    init(_ message: Message) throws(Unreadable) {
        let headers = message.headers
        try self.init(data: message.body[...]) { attribute in
            // Looks first where a relay would have written it.
            let (entries, place) = (headers.entries, attribute.rawValue)
            if place < entries.count, entries[place].name == attribute.header { return entries[place].value.string }
            return headers[attribute.header]?.string
        }
    }
}

extension CloudEventAttribute {
    /// The names of the headers, in the order of the attributes.
    fileprivate static let headers = allCases.map { "cloudEvents:\($0.name)" }

    fileprivate var header: String { Self.headers[rawValue] }
}
