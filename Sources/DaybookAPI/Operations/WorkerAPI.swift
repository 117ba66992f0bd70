public import Daybook

/// The operations of a worker on its projection and its reactions.
public enum WorkerAPI {
    /// The query parameters of the parked events of one stream.
    public static let parkedStreamParameters = [
        QueryParameter("after", purpose: "only those after this place, the next of an answer"), .limit,
    ]

    /// The query parameters of all parked events.
    public static let parkedParameters =
        parkedStreamParameters + [
            QueryParameter("stream", purpose: "only those of streams of this name"),
            QueryParameter("waiting", .flag, purpose: "with those that wait behind them"),
        ]

    /// The query parameters of a projection's rows.
    public static let rowParameters = [
        QueryParameter("at", .time, purpose: "as they were at this time"),
        QueryParameter("offsets", purpose: "as they were at these offsets: source/p00=12,source/p01=7"),
        QueryParameter("table", purpose: "only of this table"),
    ]

    /// All of them.
    public static let operations: [Operation] = generations + builds + [rows] + parked + unreadable

    /// A query of a projection, which a domain defines.
    public static func query(path: String, summary: String, parameters: [QueryParameter]) -> Operation {
        Operation(
            server: .worker, method: .get, path: "/v1/\(path)",
            summary: summary.isEmpty ? "A query of a read model." : summary,
            parameters: parameters,
            headers: [
                HeaderParameter(.token, purpose: "the token of a command's answer: show what it has written")
            ],
            responses: [200: OperationResponse("The result.", contents: [.domain])], refusals: [400, 404, 409, 503])
    }

    // MARK: Generations

    private static let root = "/v1/projections/{name}"

    private static let generations: [Operation] = [
        Operation(
            server: .worker, method: .get, path: "/v1/projections",
            summary: "The progress of the projection, by lane and by generation, and of each reaction.",
            responses: [200: OperationResponse("Their reports.", with: ProjectionsResponse.self)]),
        change("promote", summary: "Lets a build that is held, or was refused, serve once it has caught up."),
        change("cancel", summary: "Gives up a build."),
        change(
            "drop",
            summary: "Removes generations that have served before, builds of other versions, and damaged files."),
        change(
            "reset",
            summary: "Removes all generations and builds the first one again. A reaction goes on in the present logs."
        ),
        change("pause", summary: "Stops posting or reacting."),
        change("resume", summary: "Goes on posting or reacting."),
    ]

    private static let builds: [Operation] = [
        change(
            "rebuild", summary: "Begins the next generation beside the one that serves.", taking: RebuildRequest.self),
        change("rollback", summary: "Lets the generation serve that did before.", taking: RollbackRequest.self),
        Operation(
            server: .worker, method: .get, path: "\(root)/rebuild",
            summary: "The time and the room that a rebuild would take. Begins none.",
            responses: [200: OperationResponse("An estimate.", with: RebuildEstimate.self)], refusals: [409, 503]),
        Operation(
            server: .worker, method: .post, path: "\(root)/compare",
            summary: "Begins to compare what serves with a replay.",
            responses: [200: OperationResponse("The comparison.", with: ComparisonResponse.self)],
            refusals: [409, 503]),
        Operation(
            server: .worker, method: .get, path: "\(root)/compare",
            summary: "The progress of the last comparison, and what it found.",
            responses: [200: OperationResponse("The comparison.", with: ComparisonResponse.self)],
            refusals: [404, 409]),
    ]

    /// Something that an operator wants, answered with the report as it is then.
    private static func change(_ name: String, summary: String) -> Operation {
        Operation(
            server: .worker, method: .post, path: "\(root)/\(name)", summary: summary,
            responses: [200: OperationResponse("The report as it is then.", with: ProjectionReport.self)],
            refusals: [409, 503])
    }

    private static func change<Request: APIDocument>(
        _ name: String, summary: String, taking request: Request.Type
    ) -> Operation {
        var operation = change(name, summary: summary)
        operation.request = OperationRequest(.document(APISchema(request)), isRequired: false)
        operation.refusals += [400, 413]
        return operation
    }

    // MARK: Rows and messages

    private static let rows = Operation(
        server: .worker, method: .get, path: "\(root)/query",
        summary: "The rows of the projection's tables as they are, or as they were, one a line.",
        parameters: rowParameters,
        responses: [
            200: OperationResponse(
                "The progress of a build, if there is one, then the rows, and the end or a problem.",
                contents: [
                    .lines([
                        APISchema(TableRow.self), APISchema(TableHead.self), APISchema(RowsEnd.self),
                        APISchema(BuildProgress.self), APISchema(RowsProblem.self),
                    ])
                ])
        ],
        refusals: [400, 409, 503])

    private static let parked: [Operation] = [
        Operation(
            server: .worker, method: .get, path: "\(root)/parked", summary: "The first parked event of each stream.",
            parameters: parkedParameters,
            responses: [200: OperationResponse("A page of them.", with: ParkedResponse.self)],
            refusals: [400, 409, 503]),
        Operation(
            server: .worker, method: .get, path: "\(root)/parked/{source}/{stream}",
            summary: "The parked events of one stream.",
            parameters: parkedStreamParameters,
            responses: [200: OperationResponse("A page of them.", with: ParkedResponse.self)],
            refusals: [400, 404, 409, 503]),
        letting("retry", summary: "Posts what is parked of a stream, in order, as far as it goes."),
        letting("skip", summary: "Gives the first one up, and posts the rest."),
    ]

    /// Something that lets the parked events of a stream go.
    private static func letting(_ name: String, summary: String) -> Operation {
        Operation(
            server: .worker, method: .post, path: "\(root)/parked/{source}/{stream}/\(name)", summary: summary,
            responses: [200: OperationResponse("The outcome.", with: ParkedRetryResponse.self)],
            refusals: [404, 409, 503])
    }

    private static let unreadable: [Operation] = [
        Operation(
            server: .worker, method: .get, path: "\(root)/unreadable",
            summary: "The messages that are kept because they could not be read.",
            responses: [200: OperationResponse("All of them.", with: UnreadableResponse.self)], refusals: [503]),
        Operation(
            server: .worker, method: .get, path: "\(root)/unreadable/{id}", summary: "One of them, whole.",
            responses: [200: OperationResponse("The message.", with: UnreadableMessageReport.self)],
            refusals: [404, 503]),
        Operation(
            server: .worker, method: .post, path: "\(root)/unreadable/{id}/drop", summary: "Drops one of them.",
            responses: [200: OperationResponse("The number of them.", with: DroppedResponse.self)],
            refusals: [404, 503]),
        Operation(
            server: .worker, method: .post, path: "\(root)/unreadable/drop", summary: "Drops all of them.",
            responses: [200: OperationResponse("The number of them.", with: DroppedResponse.self)], refusals: [503]),
    ]
}
