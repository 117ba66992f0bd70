import Daybook
import DaybookAPI

/// Events of one store for tests.
enum SampleEvents {
    static let epoch = Epoch(high: 1, low: 1)
    static let otherEpoch = Epoch(high: 1, low: 2)

    /// An event of the stream `box-1`, whose versions are positions.
    static func event(_ position: Int64, of epoch: Epoch = SampleEvents.epoch) -> EventResponse {
        let stored = StoredEvent(
            position: Position(rawValue: position), id: EventID(high: 7, low: UInt64(position)),
            stream: StreamName(stored: "box-1"), version: StreamVersion(rawValue: position), type: "put",
            schemaVersion: 1, occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 1),
            data: Array(#"{"weight":1.50}"#.utf8), metadata: Array("{}".utf8), hash: .genesis)
        return EventResponse(stored, of: epoch)
    }

    /// The events of a store with this head, after a position and up to a limit, as a request asks for them.
    static func events(for request: StubRequest, head: Int64) -> [EventResponse] {
        let parameters = request.parameters
        let after = parameters["after"].flatMap { EventPlace($0) }?.position.rawValue ?? 0
        let limit = parameters["limit"].flatMap { Int64($0) } ?? 100
        return (after..<min(head, after + limit)).map { event($0 + 1) }
    }
}
