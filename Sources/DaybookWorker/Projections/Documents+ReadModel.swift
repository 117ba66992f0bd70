import Daybook
import DaybookAPI

// Documents of the interface, made of what read models and the states of reactions say.

extension GenerationReport.Role {
    init(_ role: GenerationRole) {
        self =
            switch role {
            case .building: .building
            case .serving: .serving
            case .previous: .previous
            }
    }
}

extension ParkedResponse {
    init(_ page: ParkedPage) {
        self.init(parked: page.parked.map { ParkedEventReport($0) }, next: page.next?.description)
    }
}

extension ParkedEventReport {
    init(_ event: ParkedEvent) {
        self.init(
            source: event.source, partition: Partition(event.partition), offset: Offset(rawValue: event.offset),
            stream: event.stream, eventID: event.eventID, type: event.type, reason: event.reason,
            parkedAt: event.parkedAt, waiting: event.waiting, schemaVersion: event.schemaVersion,
            version: StreamVersion(rawValue: event.version), occurredAt: event.occurredAt, data: event.data)
    }
}

extension ParkedRetryResponse {
    init(_ outcome: ParkedOutcome) {
        self.init(stream: outcome.stream, posted: outcome.posted, reason: outcome.reason)
    }
}

extension UnreadableMessageReport {
    init(_ message: KeptMessage) {
        self.init(
            id: message.id, partition: Partition(message.partition), reason: message.reason, keptAt: message.keptAt,
            bodySize: message.bodySize, attributes: message.attributes, body: message.body,
            bodyBase64: message.bodyBase64)
    }
}
