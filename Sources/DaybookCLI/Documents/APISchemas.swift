import Daybook

/// What is in the answers of writers and workers, as JSON Schemas.
enum APISchemas {
    static let all: [String: JSONData] = [
        "CommandAnswer": members(["id": "string", "version": "integer", "position": "integer?", "token": "string?"]),
        "State": members(["id": "string", "version": "integer", "state": "object"]),
        "Event": members([
            "epoch": "string", "position": "integer", "id": "string", "stream": "string", "version": "integer",
            "type": "string", "schemaVersion": "integer", "occurredAt": "string", "recordedAt": "string",
            "data": "object", "metadata": "object", "state": "object?",
        ]),
        "Projections": members(["projections": "[Projection]"]),
        "Projection": members([
            "projection": "string", "version": "integer?", "sources": "[string]", "waitsFor": "[string]",
            "generation": "integer?", "generations": "[Generation]", "checkpoints": "[Checkpoint]?",
            "hasRemains": "boolean?", "parked": "integer?", "eventsPerSecond": "number", "isStandby": "boolean",
            "isPaused": "boolean", "isConnected": "boolean", "isCurrent": "boolean", "lag": "integer",
            "lagSeconds": "number", "unreadable": "integer", "unreadableDropped": "integer?",
            "problem": "string?", "lanes": "[Lane]",
        ]),
        "Generation": members([
            "number": "integer", "version": "integer?", "role": "string", "isFed": "boolean", "isHeld": "boolean",
            "refusal": "string?", "problem": "string?", "done": "integer", "total": "integer", "lag": "integer",
            "bytes": "integer", "eventsPerSecond": "number?", "secondsLeft": "number?",
            "waitsFor": "[string]?", "checkpoints": "[Checkpoint]?", "hasRemains": "boolean?",
        ]),
        "Checkpoint": members([
            "source": "string", "partition": "integer", "epoch": "string", "offset": "integer",
        ]),
        "Lane": members([
            "source": "string", "partition": "integer", "epoch": "string?", "checkpoint": "integer", "head": "integer",
            "lag": "integer", "lagSeconds": "number", "state": "string", "problem": "string?",
        ]),
        "Rebuild": members(["hold": "boolean?", "requireEqual": "boolean?"]),
        "Rollback": members(["force": "integer?"]),
        "RebuildEstimate": members([
            "events": "integer", "sample": "integer", "eventsPerSecond": "number", "seconds": "number",
            "bytes": "integer", "freeBytes": "integer",
        ]),
        "Comparison": members([
            "state": "string", "done": "integer", "total": "integer", "differences": "[Difference]",
            "problem": "string?",
        ]),
        "Difference": members([
            "table": "string", "onlyInFirst": "integer", "onlyInSecond": "integer", "first": "[string]",
            "second": "[string]",
        ]),
        "ParkedEvents": members(["parked": "[ParkedEvent]", "next": "string?"]),
        "ParkedEvent": members([
            "source": "string", "partition": "integer", "offset": "integer", "stream": "string", "eventId": "string",
            "type": "string", "reason": "string?", "parkedAt": "string", "waiting": "integer",
            "schemaVersion": "integer", "version": "integer", "occurredAt": "string", "data": "string",
        ]),
        "ParkedOutcome": members(["stream": "string", "posted": "integer", "reason": "string?"]),
        "UnreadableMessages": members(["unreadable": "[UnreadableMessage]", "dropped": "integer"]),
        "UnreadableMessage": members([
            "id": "integer", "partition": "integer", "reason": "string", "keptAt": "string", "bodySize": "integer",
            "attributes": "string?", "body": "string?", "bodyBase64": "string?",
        ]),
        "Dropped": members(["dropped": "integer"]),
        "Liveness": members(["status": "string"]),
        "Readiness": members(["status": "string", "checks": "object"]),
        "Problem": members([
            "type": "string", "title": "string", "status": "integer", "detail": "string?", "code": "string?",
        ]),
    ]

    /// An object whose members are of these types. `?` marks one that may be absent, `[…]` a list, and what begins with
    /// a capital is another schema.
    private static func members(_ types: [String: String]) -> JSONData {
        let properties = types.mapValues { type -> JSONData in
            .object(schema(type.hasSuffix("?") ? type.dropLast() : type[...]))
        }
        let required = types.filter { !$0.value.hasSuffix("?") }.keys.sorted()
        var object: [String: JSONData] = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { object["required"] = .array(required.map { JSONData.text($0) }) }
        return .object(object)
    }

    private static func schema(_ type: Substring) -> [String: JSONData] {
        if type.hasPrefix("[") {
            return ["type": "array", "items": .object(schema(type.dropFirst().dropLast()))]
        }
        if type.first?.isUppercase == true { return ["$ref": .text("#/components/schemas/\(type)")] }
        return ["type": .text(String(type))]
    }

    // MARK: Problems

    /// The refusals, by status, with the codes that they may have.
    static let problems: [String: JSONData] = [
        "400": problem(
            "It cannot be understood: malformed-body, unknown-member, unknown-parameter, invalid-header, invalid-id, …"),
        "401": problem("The token is missing or wrong: unauthorized."),
        "403": problem("No token is needed, but the request is not from here: foreign-host, foreign-origin."),
        "404": problem("There is no such thing: not-found, not-parked, not-kept, not-compared."),
        "409": problem("Things are not as the request takes them to be: conflict, other-log, beyond-head, …"),
        "412": problem("The stream is not what If-Match or If-None-Match says: version-mismatch."),
        "413": problem("The body is too large: body-too-large."),
        "422": problem("The domain refuses, with a code of its own; or idempotency-key-reused."),
        "503": problem(
            "It cannot be done now: store-unavailable, too-many-changes, not-yet, parked, being-built, no-history."),
        "default": problem("Anything else: internal-error, shutting-down."),
    ]

    private static func problem(_ description: String) -> JSONData {
        .response(description, .schema("Problem"), type: "application/problem+json")
    }
}
