import Daybook

/// Operations on generations and their rows, which a reaction does not have.
extension WorkerAPI {
    /// All of them.
    public static let generations = [
        rebuild, rebuildEstimate, promote, cancel, rollback, drop, beginComparison, comparison, rows,
    ]

    public static let rebuild = change(
        "rebuild", summary: "Begins the next generation beside the one that serves.", taking: RebuildRequest.self)

    public static let rebuildEstimate = Operation(
        server: .worker, method: .get, path: rebuild.path,
        summary: "The time and the room that a rebuild would take. Begins none.",
        responses: [200: OperationResponse("An estimate.", with: RebuildEstimate.self)], refusals: [409, 503])

    public static let promote = change(
        "promote", summary: "Lets a build that is held, or was refused, serve once it has caught up.")

    public static let cancel = change("cancel", summary: "Gives up a build.")

    public static let rollback = change(
        "rollback", summary: "Lets the generation serve that did before.", taking: RollbackRequest.self)

    public static let drop = change(
        "drop", summary: "Removes generations that have served before, builds of other versions, and damaged files.")

    public static let beginComparison = Operation(
        server: .worker, method: .post, path: "\(root)/compare",
        summary: "Begins to compare what serves with a replay.",
        responses: [200: OperationResponse("The comparison.", with: ComparisonResponse.self)],
        refusals: [409, 503])

    public static let comparison = Operation(
        server: .worker, method: .get, path: beginComparison.path,
        summary: "The progress of the last comparison, and what it found.",
        responses: [200: OperationResponse("The comparison.", with: ComparisonResponse.self)],
        refusals: [404, 409])

    public static let rows = Operation(
        server: .worker, method: .get, path: "\(root)/query",
        summary: "The rows of the projection's tables as they are, or as they were, one a line.",
        parameters: [
            QueryParameter("at", .time, purpose: "as they were at this time"),
            QueryParameter("offsets", purpose: "as they were at these offsets: source/p00=12,source/p01=7"),
            QueryParameter("table", purpose: "only of this table"),
        ],
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
}
