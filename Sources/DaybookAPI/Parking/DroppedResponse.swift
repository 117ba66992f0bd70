/// The number of messages that were dropped.
public struct DroppedResponse: APIDocument, Equatable {
    public var dropped: Int

    public init(dropped: Int) { self.dropped = dropped }

    public static let example = DroppedResponse(dropped: 1)
}
