/// The messages that are kept because they could not be read, oldest first, without their attributes and bodies.
public struct UnreadableResponse: APIDocument, Equatable {
    public var unreadable: [UnreadableMessageReport]
    /// Older ones that were dropped, as there were too many.
    public var dropped: Int

    public init(unreadable: [UnreadableMessageReport] = [], dropped: Int = 0) {
        self.unreadable = unreadable
        self.dropped = dropped
    }

    public static let example = UnreadableResponse(unreadable: [.example], dropped: 0)
}
