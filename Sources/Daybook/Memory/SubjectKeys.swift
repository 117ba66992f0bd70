/// The keys of the subjects of a store in memory, one for each.
struct SubjectKeys: Sendable {
    private var keys: [StreamName: PersonalKey] = [:]
    /// The subjects whose keys were destroyed. `true` once all that is derived of their personal data is removed.
    private var forgotten: [StreamName: Bool] = [:]

    func isForgotten(_ stream: StreamName) -> Bool { forgotten[stream] != nil }

    /// The subjects whose forgetting was begun and not finished, in the order of their names.
    var unfinished: [StreamName] {
        forgotten.filter { !$0.value }.keys.sorted { $0.description < $1.description }
    }

    mutating func destroyKey(of stream: StreamName) {
        keys[stream] = nil
        forgotten[stream] = false
    }

    /// Notes that nothing that is derived of a subject's personal data is left, if its key was destroyed.
    mutating func finish(_ stream: StreamName) {
        if isForgotten(stream) { forgotten[stream] = true }
    }

    /// The request with its personal members sealed, under a key that is made where there is none yet.
    ///
    /// - Throws: ``AppendError/forgotten(_:)`` for personal values when the subject's key was destroyed;
    ///   ``PersonalDataError``, `DecodingError`.
    mutating func seal(_ request: AppendRequest) throws -> AppendRequest {
        guard request.events.contains(where: \.isPersonal) else { return request }
        if isForgotten(request.stream) {
            if try request.events.contains(where: { try $0.hasPersonalValues() }) {
                throw AppendError.forgotten(request.stream)
            }
            return request
        }
        let key = keys[request.stream] ?? PersonalKey(bytes: PersonalKey.random())
        var request = request
        request.events = try request.events.map { try $0.sealed(with: key, in: request.stream) }
        keys[request.stream] = key
        return request
    }

    /// Data as they were before they were sealed; without a key their personal members read as forgotten.
    ///
    /// - Throws: ``PersonalDataError``.
    func open(_ data: [UInt8], of stream: StreamName) throws -> [UInt8] {
        try data.withUnsafeBytes { try SealedData.open($0, with: keys[stream], of: stream) } ?? data
    }
}

extension Ledger {
    /// Events as they were before they were sealed.
    ///
    /// - Throws: ``PersonalDataError``.
    func opened(_ events: [StoredEvent]) throws -> [StoredEvent] {
        guard let subjects else { return events }
        return try events.map { event in
            var event = event
            event.data = try subjects.open(event.data, of: event.stream)
            return event
        }
    }

    /// Entries as they were before they were sealed.
    ///
    /// - Throws: ``PersonalDataError``.
    func openedEntries(_ entries: [LogEntry]) throws -> [LogEntry] {
        guard let subjects else { return entries }
        return try entries.map { entry in
            var entry = entry
            entry.data = try subjects.open(Array(entry.data), of: entry.stream)[...]
            return entry
        }
    }
}
