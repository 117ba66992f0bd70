import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird
import Logging

/// Commands as lines of JSON, to any streams, each with a line of the response.
struct BatchRoute {
    let served: [StreamCategory: CommandHandler.Served]
    let execution: CommandExecution
    var metrics = BatchMetrics()

    /// Headers that mean something for one command, and have a member for it in each line.
    private static let headersOfOneCommand = [
        APIHeader.ifMatch, .ifNoneMatch, .idempotencyKey, .actor, .correlationID, .usualCorrelationID, .causationID,
        .metadata,
    ]

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.batch) { request, context in try response(to: request, logger: context.logger) }
    }

    /// - Throws: `Problem` when the request is none for a batch.
    func response(to request: Request, logger: Logger) throws -> Response {
        try request.requireBody(of: .lines)
        for header in Self.headersOfOneCommand {
            guard let name = HTTPField.Name(of: header), request.headers[name] != nil else { continue }
            throw Problem(
                code: .invalidHeader, detail: "\(header.rawValue) is for one command: each line has its own")
        }
        let trace = CommandHeaders(request.headers).traceparent
        let run = BatchRun(
            parser: BatchParser(served: served, traceparent: trace), execution: execution, metrics: metrics,
            logger: logger)
        let body = ResponseBody { [lines = request.body] writer in
            try await run.run(lines, respondingTo: &writer)
        }
        return Response(
            status: .ok, headers: [.contentType: APIMediaType.lines.rawValue, .cacheControl: "no-store"], body: body)
    }
}
