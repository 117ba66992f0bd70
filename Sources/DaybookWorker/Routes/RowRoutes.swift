import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird
import Logging

/// The rows of a projection's tables as lines of JSON, as they are or as they were.
///
/// It is one answer however long it takes to build what was: it is begun at once and says how far the build is, so no
/// proxy loses patience, and what was built goes when the client does.
struct RowRoutes: Sendable {
    let host: ProjectionHost

    /// The query parameters of the route.
    var parameters: RouteParameters {
        RouteParameters([WorkerAPI.rows.replacing("name", with: host.name)])
    }

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WorkerAPI.rows, of: host.name) { request, _ in
            let wanted = try RowsWanted(try request.parameters(WorkerAPI.rows.parameters), host.context.feed)
            return try await answered {
                if wanted.limit == nil { _ = try host.context.reader.generation() }
                return rows(wanted)
            }
        }
    }

    private func rows(_ wanted: RowsWanted) -> Response {
        let body = ResponseBody { [host] writer in
            do {
                try await host.rows.write(wanted) { try await writer.write(ByteBuffer(bytes: $0)) }
            } catch {
                // The status is sent already: what went wrong is the last line. Where nobody reads it this throws, too.
                let problem = Self.problem(error)
                let line = RowsResponse.problem(RowsProblem(problem: problem.document))
                try await writer.write(ByteBuffer(bytes: JSON.encode(line) + [UInt8(ascii: "\n")]))
                if problem.status == .internalServerError {
                    host.context.logger.error(
                        "rows cannot be shown", metadata: ["projection": "\(host.name)", "error": "\(error)"])
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: APIMediaType.lines.rawValue, .cacheControl: "no-store"], body: body)
    }

    private static func problem(_ error: any Error) -> Problem {
        switch error {
        case let error as NoSuchTable: Problem(code: .noSuchTable, detail: "\(error)")
        case is CancellationError: Problem(code: .shuttingDown, detail: "the worker is stopping")
        default:
            Problem(refusing: error)
                ?? Problem(code: .internalError, detail: "the worker's log says why")
        }
    }
}

extension RowsWanted {
    /// Reads the parameters `at` or `offsets`, and `table`.
    ///
    /// - Throws: `Problem` when they cannot be used.
    fileprivate init(_ parameters: QueryParameters, _ feed: ProjectionFeed) throws {
        let (time, offsets) = (parameters.time("at"), parameters["offsets"])
        guard time == nil || offsets == nil else { throw QueryError("at and offsets do not go together") }
        if let time { limit = .time(time) }
        if let offsets { limit = .offsets(try Self.offsets(offsets, feed)) }
        table = parameters["table"]
    }

    private static func offsets(_ text: String, _ feed: ProjectionFeed) throws(QueryError) -> [Lane: Offset] {
        var offsets: [Lane: Offset] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let sign = part.lastIndex(of: "="), let lane = Lane(String(part[..<sign])),
                let number = Int64(part[part.index(after: sign)...]), number >= 0
            else { throw QueryError("offsets are written source/p00=12, separated by commas") }
            guard feed.sources.contains(lane.source), lane.partition.index < feed.partitionCount else {
                throw QueryError("\(lane) is not posted here")
            }
            guard offsets.updateValue(Offset(rawValue: number), forKey: lane) == nil else {
                throw QueryError("\(lane) is given twice")
            }
        }
        return offsets
    }
}
