public import Daybook

/// The operations of a writer on aggregates of a category.
extension WriterAPI {
    /// All of them, with a command for each that the catalogue has.
    public static func aggregate(_ catalogue: Catalogue) -> [Operation] {
        let category = catalogue.category
        let commands = catalogue.commands.flatMap { command in
            [
                named(command, of: catalogue, in: self.command(in: category), summary: command.text),
                named(
                    command, of: catalogue, in: creation(in: category),
                    summary: "\(command.text) The writer chooses an id."),
            ]
        }
        return [state(in: category), forgetting(in: category)] + commands
    }

    /// The state of an aggregate.
    public static func state(in category: String) -> Operation {
        Operation(
            server: .writer, method: .get, path: "/v1/\(category)/{id}", summary: "The state, now or at a moment.",
            parameters: [
                QueryParameter("at-version", .number(1...Int.max), purpose: "as it was after this version"),
                QueryParameter("at-time", .time, purpose: "as it was at this time (RFC 3339, or a date in UTC)"),
            ],
            responses: [200: OperationResponse("The state.", with: StateResponse.self, headers: [version])],
            refusals: [400, 404, 503])
    }

    /// The forgetting of an aggregate's personal data.
    public static func forgetting(in category: String) -> Operation {
        Operation(
            server: .writer, method: .delete, path: "/v1/\(category)/{id}/personal-data",
            summary: "Destroys the key of the personal data. The history stays.", headers: metadata,
            responses: [
                200: OperationResponse("The store's part is done.", with: ForgettingResponse.self, headers: [version])
            ],
            refusals: [400, 404, 409, 422, 503])
    }

    /// Any command to an aggregate.
    public static func command(in category: String) -> Operation {
        send(to: "/v1/\(category)/{id}/{command}", summary: "Sends a command to an aggregate.")
    }

    /// Any command to a new aggregate.
    public static func creation(in category: String) -> Operation {
        send(to: "/v1/\(category)/{command}", summary: "Sends a command to a new aggregate.")
    }

    private static func send(to path: String, summary: String) -> Operation {
        Operation(
            server: .writer, method: .post, path: path, summary: summary, headers: conditions + metadata,
            request: OperationRequest(.domain, isRequired: false),
            responses: [200: OperationResponse("It is done.", with: CommandResponse.self, headers: [version])],
            refusals: [400, 409, 410, 412, 413, 422, 503])
    }

    /// The operation of one command.
    private static func named(
        _ command: CatalogueCommand, of catalogue: Catalogue, in operation: Operation, summary: String
    ) -> Operation {
        let content = OperationContent.command(name: "\(catalogue.category).\(command.name)", form: command.form)
        // An empty body stands for an empty object.
        let isRequired = command.form.fields.contains { name, field in !field.isOptional && !name.contains(".") }
        var operation = operation.replacing("command", with: command.name)
        operation.summary = summary
        operation.request = OperationRequest(content, isRequired: isRequired)
        return operation
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
