/// The headers to which the HTTP interface gives a meaning.
public enum APIHeader: String, Sendable, CaseIterable {
    /// The person or program on whose behalf a command is sent.
    case actor = "Daybook-Actor"
    /// The id of what a command's events belong to.
    case correlationID = "Daybook-Correlation-Id"
    /// The same under the name that is usual elsewhere.
    case usualCorrelationID = "X-Correlation-ID"
    /// The id of what a command's events follow from.
    case causationID = "Daybook-Causation-Id"
    /// A JSON object of texts that is kept with a command's events.
    case metadata = "Daybook-Metadata"
    case idempotencyKey = "Idempotency-Key"
    /// W3C trace context.
    case traceparent
    case prefer = "Prefer"
    case preferenceApplied = "Preference-Applied"
    case ifMatch = "If-Match"
    case ifNoneMatch = "If-None-Match"
    /// The version of a stream, in quotes.
    case entityTag = "ETag"
    /// The identity of the store's log.
    case epoch = "Daybook-Epoch"
    /// The position of the last event of the store, or the offset of the last one of a partition.
    case head = "Daybook-Head"
    /// The place where the next page of events begins.
    case next = "Daybook-Next"
    /// The id of a server-sent event, ``EventPlace`` or ``PartitionPlace``.
    case lastEventID = "Last-Event-ID"
    /// The token of a command that a query must show.
    case token = "Daybook-Token"
}
