/// The outcome when the parked events of a stream are tried again, or the first of them is skipped.
public struct ParkedRetryResponse: APIDocument, Equatable {
    public var stream: String
    /// Events of the stream that are posted now.
    public var posted: Int
    /// The reason why the next one still cannot be.
    public var reason: String?

    public init(stream: String, posted: Int, reason: String? = nil) {
        self.stream = stream
        self.posted = posted
        self.reason = reason
    }

    public static let example = ParkedRetryResponse(
        stream: ExampleValues.stream, posted: 1, reason: "no such table: emails")
}
