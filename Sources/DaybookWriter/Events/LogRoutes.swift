import Daybook
import DaybookAPI
import DaybookService
import HTTPTypes
import Hummingbird

/// The integration events of a partition as they were published, for consumers that miss some or come late. They come
/// by pages, as NDJSON, or live over SSE.
struct LogRoutes {
    let log: any IntegrationLog
    /// The name of the writer.
    let source: Source
    /// The longest silence of a live tail.
    var heartbeat = Duration.seconds(15)

    /// The form of a response.
    private enum Form {
        case page, lines, live

        /// The form that a client accepts; a page where it does not say.
        init(accepted: String) {
            if accepted.contains(APIMediaType.serverSentEvents.rawValue) {
                self = .live
            } else {
                self = accepted.contains(APIMediaType.lines.rawValue) ? .lines : .page
            }
        }
    }

    /// Events that are read at once for a response that is streamed.
    private static let chunk = 100

    /// The query parameters of the route.
    static let parameters = RouteParameters([WriterAPI.log])

    func add(to router: Router<BasicRequestContext>) {
        router.serve(WriterAPI.log) { request, context in
            let parameters = try request.parameters(WriterAPI.log.parameters)
            let heads = try await log.heads()
            let partition = try Self.partition(named: context.pathParameter("partition"), among: heads.count)
            let head = heads[partition.index]
            let start = ReadingStart(unit: .offset, epoch: log.epoch, head: head.rawValue)
            let after = Offset(rawValue: try start.number(in: request, parameters: parameters))
            switch Form(accepted: request.headers[.accept] ?? "") {
            case .page: return try await page(of: partition, after: after, limit: parameters.limit())
            case .lines:
                return lines(of: partition, after: after, limit: parameters.limit()).naming(log.epoch, head: head)
            case .live:
                guard parameters["limit"] == nil else { throw QueryError("limit does not go with a live tail") }
                return tail(of: partition, after: after).naming(log.epoch, head: head)
            }
        }
    }

    /// - Throws: `Problem` 404 when the log has no such partition.
    private static func partition(named text: String, among count: Int) throws -> Partition {
        guard let index = Int(text), String(index) == text, (0..<count).contains(index) else {
            throw Problem(
                code: .noSuchPartition, detail: "the partitions of this log are 0 to \(count - 1)",
                members: ["partitions": .number(String(count))])
        }
        return Partition(index)
    }

    // MARK: Forms

    private func page(of partition: Partition, after offset: Offset, limit: Int) async throws -> Response {
        let slice = try await readSlice(of: partition, after: offset, limit: limit)
        let events = slice.entries.map { published($0) }
        let next = PartitionPlace(epoch: log.epoch, offset: slice.entries.last?.offset ?? offset)
        let page = LogPageResponse(
            epoch: log.epoch, partition: partition, head: slice.head, next: next, events: events)
        return try Response.document(page).naming(log.epoch, head: slice.head)
    }

    /// Writes chunk by chunk, so that a long response is never held whole.
    private func lines(of partition: Partition, after offset: Offset, limit: Int) -> Response {
        let body = ResponseBody { writer in
            var after = offset
            var remaining = limit
            while remaining > 0 {
                let limit = min(remaining, Self.chunk)
                let entries = try await readSlice(of: partition, after: after, limit: limit).entries
                guard let last = entries.last else { break }
                try await writer.write(ByteBuffer(bytes: try entries.flatMap { try line($0) }))
                after = last.offset
                remaining -= entries.count
            }
            try await writer.finish(nil)
        }
        return Response.lines(body)
    }

    /// All events after an offset, then those that come, until the client goes or the daemon stops.
    func tail(of partition: Partition, after offset: Offset) -> Response {
        LiveTail(changes: log.changes, heartbeat: heartbeat).response(after: offset.rawValue) { after in
            let slice = try await readSlice(of: partition, after: Offset(rawValue: after), limit: Self.chunk)
            let end = slice.entries.last?.offset.rawValue ?? after
            return LiveTail.Batch(
                events: try slice.entries.flatMap { try serverSentEvent($0) }, end: end,
                isComplete: slice.entries.isEmpty || end >= slice.head.rawValue)
        }
    }

    // MARK: Entries

    /// The entries after an offset, or one alone where something among many cannot be read: what is before it is not
    /// kept back by it.
    private func readSlice(of partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        func read(_ limit: Int) async throws -> LogSlice {
            try await log.slice(partition, after: offset, limit: limit, maximumBytes: LocalHistory.answerBytes)
        }
        do { return try await read(limit) } catch {
            guard limit > 1 else { throw error }
            return try await read(1)
        }
    }

    private func published(_ entry: LogEntry) -> LogEventResponse {
        LogEventResponse(CloudEvent(source: source, epoch: log.epoch, entry: entry))
    }

    private func line(_ entry: LogEntry) throws -> [UInt8] {
        try JSON.encode(published(entry)) + [UInt8(ascii: "\n")]
    }

    private func serverSentEvent(_ entry: LogEntry) throws -> [UInt8] {
        let place = PartitionPlace(epoch: log.epoch, offset: entry.offset)
        return try Array("id: \(place)\ndata: ".utf8) + line(entry) + [UInt8(ascii: "\n")]
    }
}
