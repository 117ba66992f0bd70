import Daybook

/// What is published, as an AsyncAPI 3 document: the exchange, the routing keys, the attributes of the CloudEvents and
/// the data. It says what `Formats` says to people.
struct AsyncAPIDocument {
    private let events: [CataloguedEvent]

    init(_ catalogues: [Catalogue]) {
        events = catalogues.flatMap(\.all).filter { $0.kind == .integration }
    }

    var json: JSONData {
        [
            "asyncapi": "3.0.0",
            "info": ["title": "Integration events", "version": "1", "description": .text(Self.introduction)],
            "defaultContentType": "application/json",
            "servers": ["broker": ["host": "127.0.0.1:5672", "protocol": "amqp", "protocolVersion": "0-9-1"]],
            "channels": each { channel($0) },
            "operations": each { operation($0) },
            "components": [
                "messages": each { message($0) },
                "schemas": ["CloudEvent": Self.attributes],
            ],
        ]
    }

    private static let introduction = """
        Every integration event is a CloudEvent 1.0 in binary mode. Consumers declare a queue of their own, bind the \
        routing keys that they want, and take of each source and partition only the offset that follows the last one \
        that they had. They pass over others: those come again, or came too early because the broker refused one \
        before them, and come again in their turn. Where only some types are bound, offsets have gaps: there they \
        pass over an event whose id they had.
        """

    /// A member for each type.
    private func each(_ body: (CataloguedEvent) -> JSONData) -> JSONData {
        .object(Dictionary(events.map { ($0.name, body($0)) }) { first, _ in first })
    }

    private func channel(_ event: CataloguedEvent) -> JSONData {
        [
            "address": "{partition}.\(event.name)",
            "description": "The routing key. All events of one stream have the same partition, and are in order.",
            "parameters": ["partition": ["description": "p and at least two digits", "examples": ["p03"]]],
            "messages": [event.name: ["$ref": "#/components/messages/\(event.name)"]],
            "bindings": [
                "amqp": [
                    "is": "routingKey", "bindingVersion": "0.3.0",
                    "exchange": ["name": "daybook.events", "type": "topic", "durable": true, "autoDelete": false],
                ]
            ],
        ]
    }

    private func operation(_ event: CataloguedEvent) -> JSONData {
        [
            "action": "send", "summary": .text(event.entry.text),
            "channel": ["$ref": "#/channels/\(event.name)"],
            "messages": [["$ref": "#/channels/\(event.name)/messages/\(event.name)"]],
            "bindings": ["amqp": ["deliveryMode": 2, "mandatory": true, "bindingVersion": "0.3.0"]],
        ]
    }

    private func message(_ event: CataloguedEvent) -> JSONData {
        let entry = event.entry
        return [
            "name": .text(event.name), "title": "\(event.name), schema version \(entry.schemaVersion)",
            "summary": .text(entry.text), "contentType": "application/json",
            "headers": [
                "allOf": [["$ref": "#/components/schemas/CloudEvent"], Self.ownAttributes(of: event)]
            ],
            "payload": .object(JSONSchema.object(entry.form)),
            "examples": [["payload": entry.form.example]],
        ]
    }

    // MARK: Attributes

    /// What all events have, as headers.
    private static var attributes: JSONData {
        var properties: [String: JSONData] = [:]
        for attribute in CloudEventAttribute.allCases {
            let description = JSONData.text(attribute.purpose)
            properties["cloudEvents:\(attribute.name)"] = ["type": "string", "description": description]
        }
        properties["cloudEvents:specversion"] = ["const": "1.0"]
        let required = CloudEventAttribute.allCases.filter(\.isAlwaysPresent).map(\.name).sorted()
        return [
            "type": "object", "properties": .object(properties),
            "required": .array(required.map { .text("cloudEvents:\($0)") }),
        ]
    }

    /// What only events of this type have.
    private static func ownAttributes(of event: CataloguedEvent) -> JSONData {
        var properties: [String: JSONData] = ["cloudEvents:type": ["const": .text(event.name)]]
        guard event.entry.schemaVersion != 1 else { return ["properties": .object(properties)] }
        properties["cloudEvents:schemaversion"] = ["const": .text(String(event.entry.schemaVersion))]
        return ["properties": .object(properties), "required": ["cloudEvents:schemaversion"]]
    }
}
