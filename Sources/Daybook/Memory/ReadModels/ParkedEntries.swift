/// The entries that a generation or a reaction has set aside, as a plain value.
struct ParkedEntries: Sendable {
    private struct Stream: Hashable {
        let source: Source
        let name: String
    }

    private struct Parked: Sendable {
        let entry: LogEntry
        var reason: String?
        let parkedAt: Timestamp
    }

    /// The parked events of each stream, in order.
    private var streams: [Stream: [Parked]] = [:]

    var count: Int { streams.values.reduce(0) { $0 + $1.count } }

    func hold(_ stream: StreamName, of source: Source) -> Bool {
        streams[Stream(source: source, name: stream.description)] != nil
    }

    /// `true` when one of them says that the personal data of its stream were destroyed.
    var holdForgetting: Bool { streams.values.contains { $0.contains(where: \.entry.isForgetting) } }

    /// The events that could not be posted, and why the first of it could not; `nil` when everything could.
    var failures: ParkedFailures? {
        let failed = streams.values.flatMap { $0.filter { $0.reason != nil } }
        let first = failed.min { $0.parkedAt < $1.parkedAt }
        return first?.reason.map { ParkedFailures(streams: failed.count, reason: $0) }
    }

    /// The streams of which something is parked, each with its source.
    var names: [(stream: String, source: Source)] { streams.keys.map { ($0.name, $0.source) } }

    /// The first entry that is parked of a stream.
    func first(of stream: String, _ source: Source) -> LogEntry? {
        streams[Stream(source: source, name: stream)]?.first?.entry
    }

    /// The stream of the entry that is parked at the place of a token; `nil` when none is.
    func stream(at token: WriteToken) -> String? {
        streams.first { stream, parked in
            stream.source == token.source && parked.contains { $0.entry.place == token.place }
        }?.key.name
    }

    // MARK: Changing

    /// - Parameter reason: Why it could not be posted; `nil` when it waits behind another one.
    mutating func park(_ entry: LogEntry, of source: Source, reason: String?) {
        let stream = Stream(source: source, name: entry.stream.description)
        streams[stream, default: []].append(Parked(entry: entry, reason: reason, parkedAt: .now()))
    }

    /// Notes why the first one of a stream still cannot be posted.
    mutating func note(_ reason: String, onFirstOf stream: String, _ source: Source) {
        let key = Stream(source: source, name: stream)
        guard var parked = streams[key], !parked.isEmpty else { return }
        parked[0].reason = reason
        streams[key] = parked
    }

    mutating func removeFirst(of stream: String, _ source: Source) {
        let key = Stream(source: source, name: stream)
        guard let parked = streams[key] else { return }
        streams[key] = parked.count > 1 ? Array(parked.dropFirst()) : nil
    }

    /// Removes everything of a stream.
    mutating func remove(_ stream: StreamName, of source: Source) {
        streams[Stream(source: source, name: stream.description)] = nil
    }

    /// Removes an event that is skipped, should it be parked. One that says that somebody is forgotten stays.
    ///
    /// - Returns: Its stream, if it was removed.
    mutating func giveUp(_ event: SkippedEvent) -> String? {
        for (stream, parked) in streams where stream.source == event.source {
            guard let index = parked.firstIndex(where: { $0.entry.id.description == event.id }) else { continue }
            if parked[index].entry.isForgetting { return nil }
            var rest = parked
            rest.remove(at: index)
            streams[stream] = rest.isEmpty ? nil : rest
            return stream.name
        }
        return nil
    }

    // MARK: Showing

    /// The first parked event of each stream, and with those that wait if the selection includes them.
    func page(_ selection: ParkedSelection) -> ParkedPage {
        var page = ParkedPage(parked: [])
        var bytes = 0
        var last: ParkedPlace?
        for (place, event) in selected(by: selection) {
            if page.parked.count == selection.limit || bytes >= ParkedPage.longestBytes {
                page.next = last
                break
            }
            page.parked.append(event)
            bytes += event.data.utf8.count + (event.reason?.utf8.count ?? 0)
            last = place
        }
        return page
    }

    /// What a selection asks for, in order.
    private func selected(by selection: ParkedSelection) -> [(place: ParkedPlace, event: ParkedEvent)] {
        var found: [(place: ParkedPlace, event: ParkedEvent)] = []
        for (stream, parked) in streams {
            guard (selection.source ?? stream.source) == stream.source,
                (selection.stream ?? stream.name) == stream.name
            else { continue }
            for (index, one) in parked.enumerated() where index == 0 || selection.includesWaiting {
                let place = ParkedPlace(source: stream.source, place: one.entry.place)
                if let after = selection.after, place <= after { continue }
                let event = ParkedEvent(
                    one.entry, of: stream.source, reason: one.reason ?? (index == 0 ? ParkedEvent.interrupted : nil),
                    parkedAt: one.parkedAt, waiting: parked.count - index - 1)
                found.append((place, event))
            }
        }
        return found.sorted { $0.place < $1.place }
    }
}
