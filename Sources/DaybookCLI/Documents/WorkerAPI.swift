import Daybook
import DaybookSQLite

/// The routes of a worker.
enum WorkerAPI {
    /// A query of a projection.
    static func operation(_ query: ReadModelQuery) -> APIOperation {
        let token = JSONData.header("Daybook-Token", "the token of a command's answer: show what it has written")
        return APIOperation(
            server: .worker, method: "get", path: "/v1/\(query.path)",
            summary: query.summary.isEmpty ? "A query of a read model." : query.summary,
            parameters: query.parameters.map { JSONData.query($0) } + [token],
            answers: [200: .response("What was found.", [:])], refusals: [400, 404, 409, 503])
    }

    /// What an operator asks of a projection or a reaction.
    static let operations = generations + parked + unreadable

    private static let root = "/v1/projections/{name}"

    private static let generations: [APIOperation] = [
        APIOperation(
            server: .worker, method: "get", path: "/v1/projections",
            summary: "How far the projection is, by lane and by generation, and each reaction.",
            answers: [200: .response("Their status.", .schema("Projections"))]),
        rebuild,
        read("rebuild", "What a rebuild would take. Begins none.", .schema("RebuildEstimate"), refusals: [409, 503]),
        ask("compare", "Begins to compare what serves with a replay.", .schema("Comparison")),
        read("compare", "How far that is, and what it found.", .schema("Comparison"), refusals: [404]),
        ask("promote", "Lets a build that is held, or was refused, serve once it has caught up."),
        ask("cancel", "Gives up a build."), rollback,
        ask("drop", "Removes generations that have served before, builds of other versions, and damaged files."),
        ask(
            "reset",
            "Removes all generations and builds the first one anew; of a reaction: goes on in the present logs."),
        ask("pause", "Stops posting or reacting."), ask("resume", "Goes on posting or reacting."),
    ]

    private static let rebuild = APIOperation(
        server: .worker, method: "post", path: "\(root)/rebuild",
        summary: "Begins the next generation beside the one that serves.",
        body: ["required": false, "content": ["application/json": ["schema": .schema("Rebuild")]]],
        answers: [200: status], refusals: [400, 409, 413, 503])

    private static let rollback = APIOperation(
        server: .worker, method: "post", path: "\(root)/rollback",
        summary: "Lets the generation serve that did before.",
        body: ["required": false, "content": ["application/json": ["schema": .schema("Rollback")]]],
        answers: [200: status], refusals: [400, 409, 413, 503])

    private static let status = JSONData.response("Its status then.", .schema("Projection"))

    private static let parked: [APIOperation] = {
        let stream = "parked/{source}/{stream}"
        let (events, outcome) = (JSONData.schema("ParkedEvents"), JSONData.schema("ParkedOutcome"))
        var all = read("parked", "The first parked event of each stream.", events, refusals: [400, 409, 503])
        let page = [
            JSONData.query("after", "string", "only those after this place, the next of an answer"),
            JSONData.query(.limit),
        ]
        all.parameters =
            page + [
                .query("stream", "string", "only those of streams of this name"),
                .query("waiting", "boolean", "with those that wait behind them"),
            ]
        var one = read(stream, "The parked events of one stream.", events, refusals: [400, 404, 409, 503])
        one.parameters = page
        return [
            all, one,
            ask(
                "\(stream)/retry", "Posts what is parked of a stream, in order, as far as it goes.", outcome,
                refusals: [404, 409, 503]),
            ask("\(stream)/skip", "Gives the first one up, and posts the rest.", outcome, refusals: [404, 409, 503]),
        ]
    }()

    private static let unreadable: [APIOperation] = [
        read(
            "unreadable", "The messages that are kept because they could not be read.", .schema("UnreadableMessages"),
            refusals: [503]),
        read("unreadable/{id}", "One of them, whole.", .schema("UnreadableMessage"), refusals: [404, 503]),
        ask("unreadable/{id}/drop", "Drops one of them.", .schema("Dropped"), refusals: [404, 503]),
        ask("unreadable/drop", "Drops all of them.", .schema("Dropped"), refusals: [503]),
    ]

    private static func read(
        _ path: String, _ summary: String, _ schema: JSONData, refusals: [Int]
    ) -> APIOperation {
        APIOperation(
            server: .worker, method: "get", path: "\(root)/\(path)", summary: summary,
            answers: [200: .response("What there is.", schema)], refusals: refusals)
    }

    private static func ask(
        _ path: String, _ summary: String, _ schema: JSONData = .schema("Projection"), refusals: [Int] = [409, 503]
    ) -> APIOperation {
        APIOperation(
            server: .worker, method: "post", path: "\(root)/\(path)", summary: summary,
            answers: [200: .response("How things stand then.", schema)], refusals: refusals)
    }
}

/// The routes of both.
enum HealthAPI {
    static let operations: [APIOperation] = [
        APIOperation(
            server: .both, method: "get", path: "/health/live", summary: "Whether the process answers.",
            answers: [200: .response("It does.", .schema("Liveness"))]),
        APIOperation(
            server: .both, method: "get", path: "/health/ready", summary: "Whether all that it needs is there.",
            answers: [
                200: .response("It is.", .schema("Readiness")), 503: .response("It is not.", .schema("Readiness")),
            ]),
        APIOperation(
            server: .both, method: "get", path: "/metrics", summary: "Metrics in the text format of Prometheus.",
            answers: [200: .response("Metrics.", ["type": "string"], type: "text/plain")]),
    ]
}
