public import Daybook

/// The operations of a writer on an aggregate.
extension WriterAPI {
    /// The query parameters of an aggregate's state.
    public static let stateParameters = [
        QueryParameter("at-version", .number(1...Int.max), purpose: "as it was after this version"),
        QueryParameter("at-time", .time, purpose: "as it was at this time (RFC 3339, or a date in UTC)"),
    ]

    /// The operations on aggregates of a category.
    public static func aggregate(_ catalogue: Catalogue) -> [Operation] {
        let root = "/v1/\(catalogue.category)"
        let commands = catalogue.commands.flatMap { command in
            [
                send(command, of: catalogue, to: "\(root)/{id}/\(command.name)", summary: command.text),
                send(
                    command, of: catalogue, to: "\(root)/\(command.name)",
                    summary: "\(command.text) The writer chooses an id."),
            ]
        }
        return [state(at: root), forgetting(at: root)] + commands
    }

    private static func state(at root: String) -> Operation {
        Operation(
            server: .writer, method: .get, path: "\(root)/{id}", summary: "The state, now or at a moment.",
            parameters: stateParameters,
            responses: [200: OperationResponse("The state.", with: StateResponse.self, headers: [version])],
            refusals: [400, 404, 503])
    }

    private static func forgetting(at root: String) -> Operation {
        Operation(
            server: .writer, method: .delete, path: "\(root)/{id}/personal-data",
            summary: "Destroys the key of the personal data. The history stays.", headers: metadata,
            responses: [
                200: OperationResponse("The store's part is done.", with: ForgettingResponse.self, headers: [version])
            ],
            refusals: [400, 404, 409, 422, 503])
    }

    private static func send(
        _ command: CatalogueCommand, of catalogue: Catalogue, to path: String, summary: String
    ) -> Operation {
        let content = OperationContent.command(name: "\(catalogue.category).\(command.name)", form: command.form)
        // An empty body stands for an empty object.
        let isRequired = command.form.fields.contains { name, field in !field.isOptional && !name.contains(".") }
        return Operation(
            server: .writer, method: .post, path: path, summary: summary, headers: conditions + metadata,
            request: OperationRequest(content, isRequired: isRequired),
            responses: [200: OperationResponse("It is done.", with: CommandResponse.self, headers: [version])],
            refusals: [400, 409, 410, 412, 413, 422, 503])
    }

    private static let version = HeaderParameter(.entityTag, purpose: "the version of the stream, in quotes")

    private static let conditions = [
        HeaderParameter(
            .ifMatch, purpose: "only if the stream is at this version, in quotes; * if there is one at all"),
        HeaderParameter(.ifNoneMatch, purpose: "*: only if there is no such stream"),
        HeaderParameter(.idempotencyKey, purpose: "once only; the first answer is given again"),
        HeaderParameter(.prefer, purpose: "handling=lenient: members that the command does not have are dropped"),
    ]

    private static let metadata = [
        HeaderParameter(.actor, purpose: "on whose behalf; part of an idempotency key's scope"),
        HeaderParameter(.correlationID, purpose: "what the events belong to; X-Correlation-ID means the same"),
        HeaderParameter(
            .causationID, purpose: "what the events follow from; the idempotency key if it is not given"),
        HeaderParameter(
            .metadata, purpose: "a JSON object of texts that is kept with the events and sent with them"),
        HeaderParameter(.traceparent, purpose: "W3C trace context"),
    ]
}
