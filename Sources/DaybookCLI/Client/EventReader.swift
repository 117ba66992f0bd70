/// One event as the writer tells it.
struct Event: Decodable, Sendable {
    let epoch: String
    let position: Int
    let stream: String
    let version: Int
    let type: String
    let recordedAt: String
    let data: JSON
    /// The state of its object after it, where that was asked for.
    let state: JSON?

    /// What reading goes on after, in this log and no other.
    var place: EventPlace { EventPlace(epoch: epoch, position: position) }
}

/// A position in the log of the writer's store.
struct EventPlace: Sendable, CustomStringConvertible {
    /// `nil` for the log that is there, whichever that is.
    var epoch: String?
    var position: Int

    /// As the writer takes it for `after`.
    var description: String { (epoch.map { "\($0)/" } ?? "") + String(position) }
}

/// An event, and the line it was read from.
struct EventLine: Sendable {
    let event: Event
    let text: String
}

/// Reads events from the writer.
struct EventReader: Sendable {
    let session: HTTPSession
    let writer: Endpoint

    /// The most events the writer hands out at once.
    private static let pageSize = 1000

    /// Hands over the events of all streams after a place, page by page.
    func events(after start: EventPlace, take: ([EventLine]) throws -> Void) async throws {
        var after = start
        try await pages(
            by: \.position, after: start.position,
            read: { _, size in try await page("/v1/events", "after=\(after)&limit=\(size)") },
            take: { page in
                after = page.last?.event.place ?? after
                try take(page)
            })
    }

    /// Hands over the events of a stream after a version, page by page.
    ///
    /// - Parameters:
    ///   - limit: hand over no more events than this, counted as they are stored.
    ///   - parameter: what else to ask for.
    func events(
        of stream: String, after start: Int, limit: Int = .max, with parameter: String? = nil,
        take: ([EventLine]) throws -> Void
    ) async throws {
        let more = parameter.map { "&\($0)" } ?? ""
        try await pages(
            by: \.version, after: start, limit: limit,
            read: { try await page(Call.path("streams", stream), "after=\($0)&limit=\($1)\(more)") }, take: take)
    }

    private func pages(
        by number: (Event) -> Int, after start: Int, limit: Int = .max,
        read: (_ after: Int, _ size: Int) async throws -> [EventLine], take: ([EventLine]) throws -> Void
    ) async throws {
        var after = start
        var remaining = limit
        while remaining > 0 {
            let size = min(remaining, Self.pageSize)
            let page = try await read(after, size)
            if page.isEmpty { return }
            try take(page)
            let numbers = page.map { number($0.event) }
            after = try advanced(after, to: numbers)
            let count = Set(numbers).count
            remaining -= count
            if count < size { return }
        }
    }

    /// The position of the last event there is, 0 if there is none.
    func lastPosition() async throws -> Int {
        let head = try await session.header("Daybook-Head", of: "/v1/events", at: writer)
        guard let position = Int(head), position >= 0 else {
            throw ClientError.unexpectedAnswer(from: writer.title, reason: "its head is no position")
        }
        return position
    }

    /// Hands over the events after a place as they happen, until the writer ends the connection.
    func follow(after place: EventPlace, take: (EventLine) throws -> Void) async throws {
        let call = Call(path: "/v1/events?after=\(place)", accept: "text/event-stream")
        var events = ServerSentEvents()
        var last = place.position
        try await session.lines(call, at: writer) { line in
            guard let (data, hasID) = events.take(line) else { return }
            let event = try Event.read(data, from: writer)
            guard event.position > last else { throw disorder() }
            // What was one event once may be several: only after the last of them could reading go on.
            if hasID { last = event.position }
            try take(EventLine(event: event, text: data))
        }
    }

    private func page(_ path: String, _ query: String) async throws -> [EventLine] {
        var page: [EventLine] = []
        let call = Call(path: "\(path)?\(query)", accept: "application/x-ndjson")
        try await session.lines(call, at: writer) { line in
            if line.isEmpty { return }
            page.append(EventLine(event: try Event.read(line, from: writer), text: line))
        }
        return page
    }

    /// The last of the numbers. They have to rise, or reading on would never end; what was one event once may be several.
    private func advanced(_ start: Int, to numbers: [Int]) throws -> Int {
        try numbers.reduce(start) { previous, next in
            guard next > start, next >= previous else { throw disorder() }
            return next
        }
    }

    private func disorder() -> ClientError {
        ClientError.unexpectedAnswer(from: writer.title, reason: "its events are not in order")
    }
}
