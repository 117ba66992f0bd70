/// One event as the writer tells it.
struct Event: Decodable, Sendable {
    let position: Int
    let stream: String
    let version: Int
    let type: String
    let recordedAt: String
    let data: JSON
    /// The state of its object after it, where that was asked for.
    let state: JSON?
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

    /// Hands over the events after a number, page by page.
    ///
    /// - Parameters:
    ///   - path: the events of everything or of one stream.
    ///   - number: what the path counts events by.
    ///   - limit: hand over no more events than this, counted as they are stored.
    ///   - parameter: what else to ask for.
    func pages(
        _ path: String, by number: (Event) -> Int, after start: Int, limit: Int = .max,
        with parameter: String? = nil, take: ([EventLine]) throws -> Void
    ) async throws {
        var after = start
        var remaining = limit
        while remaining > 0 {
            let size = min(remaining, Self.pageSize)
            let page = try await page(path, after: after, limit: size, with: parameter)
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
    ///
    /// No request tells it. So this takes ever larger steps until it is past the end, then halves the rest; that
    /// takes a few dozen requests even among billions of events.
    func lastPosition() async throws -> Int {
        var low = 0
        var step = Self.pageSize
        while let found = try await firstPosition(after: low + step - 1) {
            low = found
            step *= 2
            guard max(low, step) < Int.max / 4 else { throw disorder() }
        }
        var high = low + step - 1
        while low < high {
            let middle = low + (high - low) / 2
            if let found = try await firstPosition(after: middle) {
                low = found
            } else {
                high = middle
            }
        }
        return low
    }

    /// Hands over the events after a position as they happen, until the writer ends the connection.
    func follow(after position: Int, take: (EventLine) throws -> Void) async throws {
        let call = Call(
            path: "/v1/events", headers: ["Last-Event-ID": String(position)], accept: "text/event-stream")
        var events = ServerSentEvents()
        var last = position
        try await session.lines(call, at: writer) { line in
            guard let (data, hasID) = events.take(line) else { return }
            let event = try Event.read(data, from: writer)
            guard event.position > last else { throw disorder() }
            // What was one event once may be several: only after the last of them could reading go on.
            if hasID { last = event.position }
            try take(EventLine(event: event, text: data))
        }
    }

    private func firstPosition(after position: Int) async throws -> Int? {
        guard let first = try await page("/v1/events", after: position, limit: 1).first else { return nil }
        return try advanced(position, to: [first.event.position])
    }

    private func page(
        _ path: String, after: Int, limit: Int, with parameter: String? = nil
    ) async throws -> [EventLine] {
        var page: [EventLine] = []
        let more = parameter.map { "&\($0)" } ?? ""
        let call = Call(path: "\(path)?after=\(after)&limit=\(limit)\(more)", accept: "application/x-ndjson")
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
