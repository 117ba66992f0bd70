import Daybook

/// The routes of a writer.
enum WriterAPI {
    /// What an aggregate's commands and state are found at.
    static func aggregate(_ catalogue: Catalogue) -> [APIOperation] {
        let root = "/v1/\(catalogue.category)"
        let state = APIOperation(
            server: .writer, method: "get", path: "\(root)/{id}", summary: "The state, now or at a moment.",
            parameters: [
                .query("at-version", "integer", "as it was after this version"),
                .query("at-time", "string", "as it was at this time (RFC 3339, or a date in UTC)"),
            ],
            answers: [200: versioned("What there is.", .schema("State"))], refusals: [400, 404])
        let commands = catalogue.commands.flatMap { command -> [APIOperation] in
            let (name, text) = (command.name, command.text)
            return [
                send(command, of: catalogue, to: "\(root)/{id}/\(name)", text),
                send(command, of: catalogue, to: "\(root)/\(name)", "\(text) The writer chooses an id."),
            ]
        }
        return [state] + commands
    }

    /// What the schema of a command's body is called.
    static func schemaName(_ command: CatalogueCommand, of catalogue: Catalogue) -> String {
        "\(catalogue.category).\(command.name)"
    }

    private static func send(
        _ command: CatalogueCommand, of catalogue: Catalogue, to path: String, _ summary: String
    ) -> APIOperation {
        let media: JSONData = [
            "schema": .schema(schemaName(command, of: catalogue)), "example": command.form.example,
        ]
        // An empty body stands for an empty object.
        let mayBeEmpty = !JSONSchema.object(command.form).keys.contains("required")
        return APIOperation(
            server: .writer, method: "post", path: path, summary: summary, parameters: headers,
            body: ["required": .boolean(!mayBeEmpty), "content": ["application/json": media]],
            answers: [200: versioned("What came of it.", .schema("CommandAnswer"))],
            refusals: [400, 409, 412, 413, 422, 503])
    }

    /// A response with the version of the stream.
    private static func versioned(_ description: String, _ schema: JSONData) -> JSONData {
        [
            "description": .text(description), "content": ["application/json": ["schema": schema]],
            "headers": ["ETag": ["description": "the version of the stream, in quotes", "schema": ["type": "string"]]],
        ]
    }

    private static let headers: [JSONData] = [
        .header("If-Match", "only if the stream is at this version, in quotes; * if there is one at all"),
        .header("If-None-Match", "*: only if there is no such stream"),
        .header("Idempotency-Key", "once only; the first answer is given again"),
        .header("Daybook-Actor", "on whose behalf; part of an idempotency key's scope"),
        .header("Daybook-Correlation-Id", "what the events belong to; X-Correlation-ID means the same"),
        .header("Daybook-Causation-Id", "what the events follow from; the idempotency key if it is not given"),
        .header("Daybook-Metadata", "a JSON object of texts that is kept with the events and sent with them"),
        .header("traceparent", "W3C trace context"),
        .header("Prefer", "handling=lenient: members that the command does not have are dropped"),
    ]

    /// What is found of all events.
    static let operations: [APIOperation] = [
        APIOperation(
            server: .writer, method: "get", path: "/v1/streams/{stream}",
            summary: "The events of a stream, one a line.",
            parameters: [
                .query("after", "integer", "only events after this version"), limit,
                .query("states", "boolean", "each with the state after it"),
            ],
            answers: [200: .response("Events.", .schema("Event"), type: "application/x-ndjson")],
            refusals: [400, 404, 409]),
        APIOperation(
            server: .writer, method: "get", path: "/v1/events",
            summary: "The events of the store, one a line, or live as server-sent events.",
            parameters: [
                .query("after", "string", "only events after this position, or after this epoch/position"), limit,
                .header("Last-Event-ID", "the id of an event, epoch/position; wins over after"),
            ],
            answers: [
                200: [
                    "description": "Events. As server-sent events each is the data, and epoch/position the id.",
                    "headers": [
                        "Daybook-Epoch": ["description": "of the store's log", "schema": ["type": "string"]],
                        "Daybook-Head": ["description": "position of its last event", "schema": ["type": "integer"]],
                    ],
                    "content": [
                        "application/x-ndjson": ["schema": .schema("Event")],
                        "text/event-stream": ["schema": ["type": "string"]],
                    ],
                ]
            ], refusals: [400, 409]),
        APIOperation(
            server: .writer, method: "get", path: "/v1/quarantine",
            summary: "The streams and commands at which the writer's code ends the process.",
            parameters: [], answers: [200: .response("What is quarantined.", ["type": "object"])], refusals: []),
    ]

    private static let limit = JSONData.query(
        "limit", "integer", "at most so many stored ones, 1 to 1000; 100 if it is not given")
}
