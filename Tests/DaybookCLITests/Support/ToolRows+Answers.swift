import Daybook
import DaybookAPI

/// Answers that are no examples: what is empty, what was refused in part, and what is not done yet.
extension ToolRows {
    private static let refusal = "user-ada is changed by too many at once: try again (conflict)"

    static func otherAnswers(in folder: ToolFolder) throws -> [ToolRow] {
        try answersOfWriters(in: folder) + emptyAnswers() + comparisons() + answersAboutRows() + parkedStreams()
    }

    private static func answersOfWriters(in folder: ToolFolder) throws -> [ToolRow] {
        let unchanged = try json(CommandResponse(id: "ada", version: 3))
        let batch = try example(BatchResult.self) + example(BatchProblem.self)
        let earlier = try json(
            StateResponse(
                id: "ada", version: 1, state: EncodedJSON(Array(#"{"email":"ada@old.org","isActive":true}"#.utf8))))
        return [
            ToolRow(
                arguments: ["user", "activate", "ada"], requests: ["POST /v1/user/ada/activate {}"],
                text: "ada  version 3  nothing changed\n", json: unchanged + "\n",
                answers: ["POST /v1/user/ada/activate {}": unchanged]),
            ToolRow(
                arguments: ["user", "show", "ada", "--since", "1"],
                requests: ["GET /v1/user/ada", "GET /v1/user/ada?at-version=1"],
                text: """
                    ada  version 1 to 3
                      email: "ada@old.org" → "ada@example.com"

                    """,
                json: #"{"changes":[{"from":"ada@old.org","member":"email","to":"ada@example.com"}],"from":1,"#
                    + #""id":"ada","to":3}"# + "\n",
                answers: ["GET /v1/user/ada?at-version=1": earlier]),
            ToolRow(
                arguments: ["send", folder.commands], requests: ["POST /v1/commands \(ToolFolder.command)"],
                text: "1  row-7  ada  version 3  position 5\n2  row-8  \(refusal)\n", json: batch,
                complaint: "daybook: 1 of 2 commands were refused\n", status: 75,
                answers: ["POST /v1/commands \(ToolFolder.command)": batch]),
            try forgettingInPart(),
        ]
    }

    /// A stream that is forgotten, and may be read in the store all the same.
    private static func forgettingInPart() throws -> ToolRow {
        let request = "DELETE /v1/user/ada/personal-data"
        let store = StoreForgettingReport(unreadableEvents: 3, plainEvents: 2, isLogEmptied: false)
        let answer = try json(ForgettingResponse(id: "ada", version: 4, store: store))
        return ToolRow(
            arguments: ["forget", "user-ada", "--wait", "0"], requests: [request],
            text: """
                user-ada  version 4  3 events that nobody can read any more
                  remains: 2 events of the store*
                  remains: the store's write-ahead log*
                  remains: whatever read models have*

                """,
            json: #"{"remains":["2 events of the store*","the store's write-ahead log*","whatever read models*"],"#
                + #""stream":"user-ada","unreadableEvents":3,"version":4}"# + "\n",
            status: 75, answers: [request: answer])
    }

    private static func emptyAnswers() throws -> [ToolRow] {
        let quarantine = try json(QuarantineResponse(quarantined: []))
        let parked = try json(ParkedResponse(parked: []))
        let unreadable = try json(UnreadableResponse(dropped: 3))
        let ofStream = "GET \(users)/parked?limit=1000&stream=user-ada"
        return [
            ToolRow(
                arguments: ["streams", "quarantined"], requests: ["GET /v1/quarantine"],
                text: "nothing is quarantined\n", json: quarantine + "\n",
                answers: ["GET /v1/quarantine": quarantine]),
            ToolRow(
                arguments: ["parked", "list", "users"], requests: [reports, "GET \(users)/parked?limit=1000"],
                text: "nothing is parked\n", json: parked + "\n",
                answers: ["GET \(users)/parked?limit=1000": parked]),
            ToolRow(
                arguments: ["parked", "show", "users", "user-ada"], requests: [reports, ofStream],
                text: "", json: "", complaint: "daybook: nothing of user-ada is parked\n", status: 66,
                answers: [ofStream: parked]),
            ToolRow(
                arguments: ["unreadable", "list", "users"], requests: [reports, "GET \(users)/unreadable"],
                text: "3 older ones were dropped\nno message is kept\n", json: unreadable + "\n",
                answers: ["GET \(users)/unreadable": unreadable]),
            ToolRow(
                arguments: ["projections", "pause", "others"], requests: [reports], text: "", json: "",
                complaint: "daybook: Error: no worker keeps a projection named others\n*", status: 64),
        ]
    }

    private static func comparisons() throws -> [ToolRow] {
        let begin = "POST \(users)/compare {}"
        let progress = "GET \(users)/compare"
        let running = try json(ComparisonResponse(state: .running, done: 1, total: 7))
        let equal = try json(ComparisonResponse(state: .done, done: 7, total: 7))
        let different = try json(ComparisonResponse(state: .done, done: 7, total: 7, differences: [.example]))
        let arguments = ["projections", "compare", "users"]
        return [
            ToolRow(
                arguments: arguments, requests: [reports, begin, progress],
                text: "users  ██████████████████████████████  7 events\na replay gives the same rows\n",
                json: equal + "\n", answers: [begin: running, progress: equal]),
            ToolRow(
                arguments: arguments, requests: [reports, begin],
                text: """
                    users  ██████████████████████████████  7 events
                    users: 1 rows that a replay does not give, 1 that only a replay gives
                      - user_id=ada name=other
                      + user_id=ada name=Ada Lovelace

                    """,
                json: different + "\n", status: 75, answers: [begin: different]),
        ]
    }

    private static func answersAboutRows() throws -> [ToolRow] {
        let arguments = ["projections", "query", "users"]
        let request = "GET \(users)/query"
        let shown = "users\nuser_id  email            name\nada      ada@example.com  Ada Lovelace\n\n"
        let row = try example(TableRow.self)
        let parked = try rows(endingWith: RowsEnd(rows: 1, events: 7, parked: 2))
        let begun = try example(TableHead.self) + row
        let failed = try begun + example(RowsProblem.self)
        return [
            ToolRow(
                arguments: arguments, requests: [reports, request], text: shown, json: row,
                complaint: "daybook: 2 events are parked, and not in these rows\n", answers: [request: parked]),
            ToolRow(
                arguments: arguments, requests: [reports, request], text: "users\n", json: row,
                complaint: "daybook: \(refusal)\n", status: 75,
                answers: [request: failed]),
            ToolRow(
                arguments: arguments, requests: [reports, request], text: "users\n", json: row,
                complaint: "daybook: users at * gave an unexpected answer: it broke off (unexpected-answer)\n",
                status: 1, answers: [request: begun]),
            ToolRow(
                arguments: ["projections", "rebuild", "users", "--wait"],
                requests: [reports, reports, #"POST \#(users)/rebuild {"hold":false,"requireEqual":false}"#, reports],
                text: "", json: try example(ProjectionReport.self), complaint: "daybook: generation 2 differs\n",
                status: 75),
        ]
    }

    private static func parkedStreams() throws -> [ToolRow] {
        let retry = "POST \(users)/parked/users-writer/user-ada/retry {}"
        let posted = try json(ParkedRetryResponse(stream: "user-ada", posted: 2))
        return [
            ToolRow(
                arguments: ["parked", "retry", "users", "user-ada", "--source", "users-writer"],
                requests: [reports, retry], text: "user-ada: 2 posted\n", json: posted + "\n",
                answers: [retry: posted]),
            ToolRow(
                arguments: ["parked", "retry", "users", "--all"],
                requests: [reports, "GET \(users)/parked?limit=1000", retry],
                text: "1 posted\n", json: #"{"parked":1,"posted":1}"# + "\n",
                complaint: "daybook: streams still parked: 1, the first one with: no such table: emails\n",
                status: 75),
        ]
    }
}
