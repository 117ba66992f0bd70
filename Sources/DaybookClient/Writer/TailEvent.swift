public import DaybookAPI

/// An event of a live tail.
public struct TailEvent: Sendable, Equatable {
    public let event: Received<EventResponse>
    /// The place after which another tail can go on; `nil` for a part of a stored event that others follow.
    public let place: EventPlace?

    /// An event, such as one for tests.
    public init(event: Received<EventResponse>, place: EventPlace?) {
        self.event = event
        self.place = place
    }
}
