import DaybookAPI

/// The commands that ask a writer.
extension ToolRows {
    static func aggregates(in folder: ToolFolder) throws -> [ToolRow] {
        let change = ["user", "change-email", "ada", "newEmail=ada@example.org"]
        return [
            ToolRow(
                arguments: change + ["--expect", "1", "--key", "k-1", "--actor", "grace"],
                requests: [
                    #"POST /v1/user/ada/change-email {"newEmail":"ada@example.org"} If-Match: "1" "#
                        + "Idempotency-Key: k-1 Daybook-Actor: grace"
                ],
                text: "ada  version 3  position 5\n", json: try example(CommandResponse.self)),
            ToolRow(
                arguments: ["user", "create", "name=Ada", "age:=36"],
                requests: [#"POST /v1/user/create {"name":"Ada","age":36}"#],
                text: "ada  version 3  position 5\n", json: try example(CommandResponse.self)),
            ToolRow(
                arguments: ["user", "show", "ada"], requests: ["GET /v1/user/ada"],
                text: """
                    ada  version 3
                    {
                      "email": "ada@example.com",
                      "isActive": true
                    }

                    """,
                json: try example(StateResponse.self)),
            ToolRow(
                arguments: ["send", folder.commands], requests: ["POST /v1/commands \(ToolFolder.command)"],
                text: "1  row-7  ada  version 3  position 5\n", json: try example(BatchResult.self),
                input: folder.commands),
            ToolRow(
                arguments: ["forget", "user-ada", "--wait", "0"],
                requests: ["DELETE /v1/user/ada/personal-data", "GET /v1/projections"],
                text: "user-ada  version 4  3 events that nobody can read any more\n",
                json: #"{"remains":[],"stream":"user-ada","unreadableEvents":3,"version":4}"# + "\n"),
        ]
    }

    static func events() throws -> [ToolRow] {
        let state = #"{"email":"ada@example.com","isActive":true}"#
        let everything = """
            POSITION  STREAM    VERSION  TYPE     RECORDED AT                  DATA
                   5  user-ada        1  created  \(recordedAt)  \(state)

            """
        let filter = ["--category", "user", "--type", "created", "--tag", "email:ada@example.com"]
        return [
            ToolRow(
                arguments: ["stream", "show", "user-ada", "--states"],
                requests: ["GET /v1/streams/user-ada?after=0&limit=1000&states=true"],
                text: """
                    VERSION  TYPE     RECORDED AT                  STATE
                          1  created  \(recordedAt)  \(state)

                    """,
                json: try example(EventResponse.self)),
            ToolRow(
                arguments: ["events", "tail"],
                requests: ["HEAD /v1/events", "GET /v1/events?after=\(epoch)%2F0&limit=1000"],
                text: everything, json: try example(EventResponse.self)),
            ToolRow(
                arguments: ["events", "tail", "--after", "4", "--limit", "3"] + filter,
                requests: [
                    "GET /v1/events?after=4&limit=3&category=user&type=created&tag=email%3Aada%40example.com"
                ],
                text: everything, json: try example(EventResponse.self)),
        ]
    }

    static func heads() throws -> [ToolRow] {
        [
            ToolRow(
                arguments: ["events", "head"], requests: ["GET /v1/head"],
                text: """
                    epoch \(epoch)  position 5
                    PARTITION  OFFSET
                    p03             5

                    """,
                json: try example(HeadResponse.self)),
            ToolRow(
                arguments: ["log", "tail", "3", "--last", "1"],
                requests: ["GET /v1/log/3?after=0&limit=1", "GET /v1/log/3?after=\(epoch)%2F4&limit=1000"],
                text: """
                    OFFSET  STREAM    VERSION  TYPE          RECORDED AT                  DATA
                         5  user-ada        1  user.created  \(recordedAt)  \
                    {"email":"ada@example.com","name":"Ada Lovelace"}

                    """,
                json: try example(LogEventResponse.self)),
            ToolRow(
                arguments: ["streams", "quarantined"], requests: ["GET /v1/quarantine"],
                text: """
                    STREAM    COMMAND       SIGNAL  SINCE
                    user-ada  change-email  4       \(recordedAt)

                    """,
                json: try example(QuarantineResponse.self)),
        ]
    }
}
