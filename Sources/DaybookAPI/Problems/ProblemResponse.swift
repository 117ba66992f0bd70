/// The problems that requests are refused with under one status.
public struct ProblemResponse: Sendable, Equatable {
    /// `nil` for every other status.
    public let status: Int?
    /// The reason, with the codes that the problems may have.
    public let summary: String

    public static let all = [
        ProblemResponse(
            status: 400,
            summary: "The request cannot be understood: malformed-body, unknown-member, unknown-parameter, "
                + "invalid-header, invalid-id, …"),
        ProblemResponse(status: 401, summary: "The token is missing or wrong: unauthorized."),
        ProblemResponse(
            status: 403,
            summary: "No token is needed, but the request is not from this machine: foreign-host, foreign-origin."),
        ProblemResponse(
            status: 404, summary: "There is no such thing: not-found, not-parked, not-kept, not-compared, …"),
        ProblemResponse(
            status: 409,
            summary: "Things are not as the request takes them to be: conflict, other-log, beyond-head, elsewhere, …"),
        ProblemResponse(
            status: 410, summary: "The personal data of the stream were destroyed, and it takes no others: forgotten."),
        ProblemResponse(
            status: 412, summary: "The stream is not what If-Match or If-None-Match says: version-mismatch."),
        ProblemResponse(
            status: 413, summary: "The body, or an event made of it, is too large: body-too-large, event-too-large."),
        ProblemResponse(
            status: 422,
            summary: "The domain refuses, with a code of its own; or idempotency-key-reused, no-key-file, …"),
        ProblemResponse(
            status: 503,
            summary: "It cannot be done now: store-unavailable, too-many-changes, not-yet, parked, being-built, "
                + "no-history, …"),
        ProblemResponse(status: nil, summary: "Anything else: internal-error, shutting-down."),
    ]
}
