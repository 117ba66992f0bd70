public import Daybook

/// The operations of a worker on its projection and its reactions, of which `{name}` is one.
public enum WorkerAPI {
    /// All of them.
    public static let operations = [projections, pause, resume, reset] + generations + parking

    static let root = "/v1/projections/{name}"

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

    /// The reports on the projection and the reactions.
    public static let projections = Operation(
        server: .worker, method: .get, path: "/v1/projections",
        summary: "The progress of the projection, by lane and by generation, and of each reaction.",
        responses: [200: OperationResponse("Their reports.", with: ProjectionsResponse.self)])

    public static let pause = change("pause", summary: "Stops posting or reacting.")

    public static let resume = change("resume", summary: "Goes on posting or reacting.")

    public static let reset = change(
        "reset",
        summary: "Removes all generations and builds the first one again. A reaction goes on in the present logs.")

    /// Something that an operator wants, answered with the report as it is then.
    static func change(_ name: String, summary: String) -> Operation {
        Operation(
            server: .worker, method: .post, path: "\(root)/\(name)", summary: summary,
            responses: [200: OperationResponse("The report as it is then.", with: ProjectionReport.self)],
            refusals: [409, 503])
    }

    static func change<Request: APIDocument>(
        _ name: String, summary: String, taking request: Request.Type
    ) -> Operation {
        var operation = change(name, summary: summary)
        operation.request = OperationRequest(.document(APISchema(request)), isRequired: false)
        operation.refusals += [400, 413]
        return operation
    }
}
