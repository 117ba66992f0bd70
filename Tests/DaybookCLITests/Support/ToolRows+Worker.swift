import DaybookAPI

/// The commands that ask a worker, which has the projection `users`.
extension ToolRows {
    /// The request by which the tool finds the worker of a projection.
    static let reports = "GET /v1/projections"
    /// The path of the projection.
    static let users = "/v1/projections/users"

    static func projections() throws -> [ToolRow] {
        [
            ToolRow(
                arguments: ["projections", "list"], requests: [reports],
                text: """
                    NAME   WORKER  GENERATION  LAG  PARKED  STATE
                    users  users            1    2       1  \
                    the file cannot be written: SQLite error 13: database or disk is full

                    """,
                json: try example(ProjectionsResponse.self)),
            ToolRow(
                arguments: ["projections", "status"], requests: [reports],
                text: """
                    PROJECTION  LANE            CHECKPOINT  HEAD  LAG  LAG S  STATE
                    users       users-writer/3           5     7    2    0.3  \
                    failing: SQLite error 13: database or disk is full

                    users: not connected, 1 lane, lag 2, 0.3 s behind, 1251/s, waits for users-writer, 1 parked, \
                    1 unreadable, problem: the file cannot be written: SQLite error 13: database or disk is full
                      generation 2: building, version 1, 120000 of 184203 events, 21000/s, 3.5 s left, \
                    waits for users-writer, held, problem: generation 2 is fed by another worker, \
                    refused: generation 2 differs

                    """,
                json: try example(ProjectionsResponse.self)),
        ]
    }

    static func queries() throws -> [ToolRow] {
        [
            ToolRow(
                arguments: ["projections", "query", "users"], requests: [reports, "GET \(users)/query"],
                text: """
                    users
                    user_id  email            name
                    ada      ada@example.com  Ada Lovelace


                    """,
                json: try example(TableRow.self)),
            ToolRow(
                arguments: ["projections", "query", "users", "--offsets", "w/p00=12", "--table", "users"],
                requests: [reports, "GET \(users)/query?offsets=w%2Fp00%3D12&table=users"],
                text: """
                    user_id  email            name
                    ada      ada@example.com  Ada Lovelace

                    """,
                json: try example(TableRow.self)),
        ]
    }

    static func generations() throws -> [ToolRow] {
        [
            try operation("promote"), try operation("cancel"), try operation("drop"), try operation("pause"),
            try operation("resume"), try operation("reset"),
            try operation("rollback", options: ["--force", "3"], body: #"{"force":3}"#),
            ToolRow(
                arguments: ["projections", "rebuild", "users", "--hold", "--require-equal"],
                requests: [reports, reports, #"POST \#(users)/rebuild {"hold":true,"requireEqual":true}"#],
                text: "users: the next generation is being built\n", json: try example(ProjectionReport.self)),
            ToolRow(
                arguments: ["projections", "rebuild", "users", "--explain"],
                requests: [reports, "GET \(users)/rebuild"],
                text: """
                    users: 184203 events
                      time  at most 11 s: 4000 of them were read and posted at 18420 a second; a build reads ahead
                      disk  about 61 MiB, of 20480 MiB that are free

                    """,
                json: try example(RebuildEstimate.self)),
            ToolRow(
                arguments: ["projections", "compare", "users"], requests: [reports, "POST \(users)/compare {}"],
                text: "users  ██████████████████████████████  184203 events\n",
                json: try example(ComparisonResponse.self),
                complaint: "daybook: users could not be compared: what serves was made from another log than the "
                    + "sources have now\n",
                status: 1),
        ]
    }

    /// Something that an operator wants of a projection.
    private static func operation(_ name: String, options: [String] = [], body: String = "{}") throws -> ToolRow {
        ToolRow(
            arguments: ["projections", name, "users"] + options, requests: [reports, "POST \(users)/\(name) \(body)"],
            text: "users: \(name) is noted\n", json: try example(ProjectionReport.self))
    }

    static func parkedEvents() throws -> [ToolRow] {
        let page = try lastParkedPage() + "\n"
        return [
            ToolRow(
                arguments: ["parked", "list", "users", "--waiting"],
                requests: [reports, "GET \(users)/parked?limit=1000&waiting=true"],
                text: """
                    SOURCE        STREAM    TYPE                PARTITION  OFFSET  WAITING  ERROR
                    users-writer  user-ada  user.email-changed          3       6        1  no such table: emails

                    """,
                json: page),
            ToolRow(
                arguments: ["parked", "show", "users", "user-ada"],
                requests: [
                    reports, "GET \(users)/parked?limit=1000&stream=user-ada",
                    "GET \(users)/parked/users-writer/user-ada?limit=1000",
                ],
                text: """
                    users-writer p3 6  user.email-changed  version 2  \(occurredAt)
                      {"newEmail":"ada@example.org"}
                      no such table: emails

                    """,
                json: page),
        ]
    }

    /// The ways to let a parked event go, which is still parked after them.
    static func parkedRetries() throws -> [ToolRow] {
        let parked = "daybook: still parked: no such table: emails\n"
        return [
            ToolRow(
                arguments: ["parked", "retry", "users", "user-ada"],
                requests: [
                    reports, "GET \(users)/parked?limit=1000&stream=user-ada",
                    "POST \(users)/parked/users-writer/user-ada/retry {}",
                ],
                text: "user-ada: 1 posted\n", json: try example(ParkedRetryResponse.self), complaint: parked,
                status: 75),
            ToolRow(
                arguments: ["parked", "skip", "users", "user-ada", "--source", "users-writer"],
                requests: [reports, "POST \(users)/parked/users-writer/user-ada/skip {}"],
                text: "user-ada: 1 posted\n", json: try example(ParkedRetryResponse.self), complaint: parked,
                status: 75),
        ]
    }

    static func unreadableMessages() throws -> [ToolRow] {
        [
            ToolRow(
                arguments: ["unreadable", "list", "users"], requests: [reports, "GET \(users)/unreadable"],
                text: """
                    ID  PARTITION  KEPT AT                      BYTES  REASON
                     1          3  \(recordedAt)      2  the attribute offset is no number

                    """,
                json: try example(UnreadableResponse.self)),
            ToolRow(
                arguments: ["unreadable", "show", "users", "1"], requests: [reports, "GET \(users)/unreadable/1"],
                text: """
                    partition 3  2 bytes  \(recordedAt)
                    the attribute offset is no number
                    {"cloudEvents:offset":"x"}
                    {}

                    """,
                json: try example(UnreadableMessageReport.self)),
            ToolRow(
                arguments: ["unreadable", "drop", "users", "1"],
                requests: [reports, "POST \(users)/unreadable/1/drop {}"],
                text: "users: 1 dropped\n", json: try example(DroppedResponse.self)),
            ToolRow(
                arguments: ["unreadable", "drop", "users", "--all"],
                requests: [reports, "POST \(users)/unreadable/drop {}"],
                text: "users: 1 dropped\n", json: try example(DroppedResponse.self)),
        ]
    }
}
