import Daybook

/// The operations of a writer that do not depend on its aggregates.
public enum WriterAPI {
    /// All of them.
    public static let operations = [batch, streamEvents, storeEvents, head, log, quarantine]

    /// A batch of commands.
    public static let batch = Operation(
        server: .writer, method: .post, path: "/v1/commands",
        summary: "Sends commands, one a line: those to one stream are carried out in order, others at the same time.",
        headers: [HeaderParameter(.traceparent, purpose: "W3C trace context of the lines that have none")],
        request: OperationRequest(.lines([APISchema(BatchCommand.self)]), isRequired: false),
        responses: [
            200: OperationResponse(
                "A line for each command, in the order in which they are done.",
                contents: [.lines([APISchema(BatchResult.self), APISchema(BatchProblem.self)])])
        ],
        refusals: [400, 415])

    /// The events of a stream.
    public static let streamEvents = Operation(
        server: .writer, method: .get, path: "/v1/streams/{stream}", summary: "The events of a stream, one a line.",
        parameters: [
            QueryParameter("after", .number(0...Int.max), purpose: "only events after this version"),
            QueryParameter("before", .number(1...Int.max), purpose: "the last events before this version, in order"),
            last, limit, QueryParameter("states", .flag, purpose: "each with the state after it"),
        ],
        responses: [
            200: OperationResponse(
                "Events.", contents: [.lines([APISchema(EventResponse.self)])],
                headers: [HeaderParameter(.next, purpose: "the before of the page before this one")])
        ],
        refusals: [400, 404, 409])

    /// The events of the store.
    public static let storeEvents = Operation(
        server: .writer, method: .get, path: "/v1/events",
        summary: "The events of the store, one a line, or live as server-sent events.",
        parameters: places + EventFilter.parameters,
        headers: [
            HeaderParameter(.lastEventID, purpose: "the id of an event, epoch/position; wins over after and last")
        ],
        responses: [
            200: OperationResponse(
                "Events. As server-sent events each is the data, and epoch/position the id.",
                contents: [.lines([APISchema(EventResponse.self)]), .serverSentEvents(APISchema(EventResponse.self))],
                headers: [
                    HeaderParameter(.epoch, purpose: "the identity of the store's log"),
                    HeaderParameter(.head, .number(0...Int.max), purpose: "the position of its last event"),
                    nextPage,
                ])
        ],
        refusals: [400, 409])

    /// The end of the store and of each partition of its log.
    public static let head = Operation(
        server: .writer, method: .get, path: "/v1/head",
        summary: "The identity of the store's log, and where the store and each partition of the log end.",
        responses: [200: OperationResponse("The head.", with: HeadResponse.self)])

    /// The streams and commands in quarantine.
    public static let quarantine = Operation(
        server: .writer, method: .get, path: "/v1/quarantine",
        summary: "The streams and commands at which the writer's code ends the process.",
        responses: [200: OperationResponse("The quarantine.", with: QuarantineResponse.self)])

    private static let places = [
        QueryParameter("after", purpose: "only events after this position, or after this epoch/position"),
        QueryParameter("before", purpose: "the last events before this position, or this epoch/position, in order"),
        last, limit,
    ]

    private static let nextPage = HeaderParameter(
        .next, purpose: "the after of the next page, of filtered events; the before of the page before this one")

    private static let last = QueryParameter(
        "last", QueryParameter.limit.kind, purpose: "so many of the last stored ones, 1 to 1000, in order")

    /// The parameter that `QueryParameters.limit()` reads. Stored events are counted.
    private static let limit = QueryParameter(
        "limit", QueryParameter.limit.kind, purpose: "at most so many stored ones, 1 to 1000; 100 if it is not given")
}
