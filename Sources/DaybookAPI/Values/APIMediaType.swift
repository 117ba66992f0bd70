/// The media types of requests and responses.
public enum APIMediaType: String, Sendable, CaseIterable {
    case json = "application/json"
    /// A JSON value a line.
    case lines = "application/x-ndjson"
    /// Server-sent events.
    case serverSentEvents = "text/event-stream"
    /// A problem document (RFC 9457).
    case problem = "application/problem+json"
    case text = "text/plain"
}
