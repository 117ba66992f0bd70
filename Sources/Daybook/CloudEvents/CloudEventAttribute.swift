/// An attribute of an integration event as it is published: those of CloudEvents 1.0, and extension attributes.
///
/// All of them are texts. They are in the order in which they are written.
public enum CloudEventAttribute: Int, Sendable, CaseIterable {
    case specversion, id, source, type, subject, time, partition, offset, epoch, streamversion
    case recordedtime, chain, correlationid, causationid, actor, traceparent, schemaversion
    case compensates, custom

    private static let names = allCases.map { "\($0)" }

    public var name: String { Self.names[rawValue] }

    /// `true` for an attribute that every event has.
    public var isAlwaysPresent: Bool {
        switch self {
        case .specversion, .id, .source, .type, .subject, .time, .partition, .offset, .epoch, .streamversion: true
        case .recordedtime, .chain, .correlationid: true
        case .causationid, .actor, .traceparent, .schemaversion, .compensates, .custom: false
        }
    }

    /// The meaning, in a line for the documents that are made of it.
    public var purpose: String {
        switch self {
        case .specversion: "the version of CloudEvents, 1.0"
        case .id: "the event, unique within its source; also the message_id"
        case .source: "the writer"
        case .type: "the type"
        case .subject: "the stream"
        case .time: "when the writer made it"
        case .partition: "the partition of the source's log"
        case .offset: "the place in the partition, without gaps"
        case .epoch: "the identity of the source's log"
        case .streamversion: "the version of the stream"
        case .recordedtime: "when the writer stored it"
        case .chain: "the hashes of the entry before it in its partition and of its own domain event"
        case .correlationid: "what belongs together"
        case .causationid: "why it happened"
        case .actor: "on whose behalf"
        case .traceparent: "W3C trace context"
        case .schemaversion: "the schema version of the type; 1 without it"
        case .compensates: "the event that this one undoes"
        case .custom: "what the caller has added: a JSON object of texts"
        }
    }
}
