import Daybook
import GRDB

/// Seals personal data on their way into a store and opens them on their way out; without a key file they pass as they
/// are.
struct Seals: Sendable {
    let ring: KeyRing?
    /// `true` when what is sealed is shown as forgotten where there is no key file.
    var isBlind = false

    /// For those who want what is stored.
    static let none = Seals(ring: nil)

    /// For those who only read a store's file, with its key file or without.
    ///
    /// - Throws: ``StoreError`` when the key file is that of another store.
    static func reading(keys path: String?, of db: Database) throws -> Seals {
        guard let path else { return Seals(ring: nil, isBlind: true) }
        let ring = try KeyRing(readingFrom: path)
        guard try StoreIdentity.keyRing(in: db) == ring.id else {
            throw StoreError("\(path) is not the key file of this store")
        }
        return Seals(ring: ring, isBlind: true)
    }

    // MARK: In

    /// The keys for what is appended in one transaction. A key is on the disk before anything that it sealed.
    struct Keys {
        private let ring: KeyRing?
        private var keys: [StreamName: PersonalKey] = [:]

        fileprivate init(ring: KeyRing?) { self.ring = ring }

        /// `true` when a request needs a key that is not in memory.
        mutating func lacksKey(for request: AppendRequest) -> Bool {
            guard let ring, request.events.contains(where: \.isPersonal) else { return false }
            if keys[request.stream] == nil { keys[request.stream] = ring.remembered(request.stream) }
            return keys[request.stream] == nil
        }

        /// Fetches the keys of subjects, and makes those that there are not, with one flush.
        mutating func fetch(_ subjects: Set<StreamName>) throws {
            guard let ring, !subjects.isEmpty else { return }
            keys.merge(try ring.keys(makingThoseOf: subjects)) { $1 }
        }

        /// - Throws: `AppendError.forgotten` for personal values when the subject's key was destroyed;
        ///   `PersonalDataError`, `DecodingError`.
        mutating func seal(_ request: AppendRequest) throws -> AppendRequest {
            if lacksKey(for: request) { try fetch([request.stream]) }
            guard ring != nil, request.events.contains(where: \.isPersonal) else { return request }
            guard let key = keys[request.stream] else {
                if try request.events.contains(where: { try $0.hasPersonalValues() }) {
                    throw AppendError.forgotten(request.stream)
                }
                return request
            }
            var request = request
            request.events = try request.events.map { try $0.sealed(with: key, in: request.stream) }
            return request
        }

        /// The number of keys, if some were made of which the store does not know.
        func countIfMade() throws -> Int? { try ring?.countIfMade() }

        /// The store knows of them.
        func noteMade() { ring?.noteMade() }
    }

    func keys() -> Keys { Keys(ring: ring) }

    // MARK: Out

    /// - Returns: `nil` when nothing is sealed.
    func open(_ data: UnsafeRawBufferPointer, of stream: @autoclosure () -> StreamName) throws -> [UInt8]? {
        guard ring != nil || isBlind, SealedData.isSealed(data) else { return nil }
        let stream = stream()
        return try SealedData.open(data, with: ring?.sealingKey(of: stream), of: stream)
    }

    /// Shows data as they were before they were sealed.
    func opening(
        _ data: UnsafeRawBufferPointer, of stream: @autoclosure () -> StreamName,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let opened = try open(data, of: stream()) else { return try body(data) }
        try opened.withUnsafeBytes { try body($0) }
    }

    /// `true` when an entry, as it is stored, can be shown without a look into the key file.
    func opensAtOnce(_ entry: LogEntry) -> Bool {
        guard let ring, entry.data.withUnsafeBytes({ SealedData.isSealed($0) }) else { return true }
        return ring.remembered(entry.stream) != nil
    }

    /// Shows an entry as it was before it was sealed.
    ///
    /// - Returns: About how many bytes it has as it is stored.
    func show(_ entry: ShownEntry, to entries: inout some EntryCollector) throws -> Int {
        var opened = entry
        try opening(entry.data, of: StreamName(stored: String(decoding: entry.stream, as: UTF8.self))) { data in
            opened.data = data
            entries.add(opened)
        }
        return entry.data.count + entry.metadata.count + 200
    }

    /// A snapshot as it is stored: sealed where its subject has a key; `nil` when it had one.
    func seal(_ snapshot: Snapshot) throws -> Snapshot? {
        guard let ring else { return snapshot }
        if let key = try ring.key(of: snapshot.stream) { return try snapshot.sealed(with: key) }
        return try ring.isDestroyed(snapshot.stream) ? nil : snapshot
    }

    func open(_ snapshot: Snapshot?) throws -> Snapshot? {
        guard let snapshot, let ring else { return snapshot }
        return try snapshot.opened(with: ring.key(of: snapshot.stream))
    }
}
