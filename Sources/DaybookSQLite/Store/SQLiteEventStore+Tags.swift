public import Daybook
import GRDB

extension SQLiteEventStore {
    private static let page = 2000

    /// Makes the index of a category's tags again where other code has made it, or none. To be called before commands
    /// are taken. The next call goes on with one that was interrupted.
    ///
    /// The events of a stream in quarantine keep the tags that they were appended with, and those of the index before.
    /// Today's code makes them at the first call that finds the stream out of quarantine. An event that cannot be read
    /// keeps those that it was appended with, unless its subject is forgotten.
    ///
    /// - Parameter marks: Notes of the domain's code that runs.
    /// - Returns: How many of the events that it read cannot be read by today's code; `nil` when the index was up to
    ///   date.
    @discardableResult
    public func indexTags<Subject: Aggregate>(
        of subject: Subject.Type, marks: (any CodeMarks)? = nil
    ) async throws -> Int? {
        let category = Subject.category
        let notes = IndexNotes(of: category)
        // Code without tags leaves events behind that are in no index: what comes after it begins at the first event.
        guard Subject.tagVersion > 0 else {
            try await commits.perform { try notes.removeAll(in: $0) }
            return nil
        }
        let first = "\(Subject.tagVersion) \(self.tags.key.fingerprint)"
        let wanted = "\(first) 2"
        let stored = try await readers.read { try notes.value(of: notes.made, in: $0) }
        if stored == wanted { return try await indexReleased(subject, notes, marks) }
        let forgotten = try await forgottenSubjects()
        // The first indexes lack all tags of who was forgotten, also those that are not personal.
        if stored == first, !forgotten.contains(where: { $0.isOf(category) }) {
            try await commits.perform { try notes.end(as: wanted, in: $0) }
            return nil
        }
        let reader = TagReader<Subject>(key: self.tags.key, forgotten: forgotten, marks: marks)
        var position = try await beginIndex(of: category, as: wanted, notes)
        var unreadable = 0
        while case let page = try await read(after: position, limit: Self.page), let last = page.last {
            let found = reader.tags(of: page.filter { $0.stream.isOf(category) })
            unreadable += found.unreadable
            position = last.position
            try await commits.perform { [position] db in
                try found.write(in: db)
                if !found.held.isEmpty { try notes.set(held: notes.held(in: db).union(found.held), in: db) }
                try notes.set(notes.begun, to: "\(position) \(wanted)", in: db)
            }
        }
        try await commits.perform { try notes.end(as: wanted, in: $0) }
        return unreadable
    }

    /// Makes the tags of the streams that were in quarantine when the index was made, and are not any more.
    private func indexReleased<Subject: Aggregate>(
        _ subject: Subject.Type, _ notes: IndexNotes, _ marks: (any CodeMarks)?
    ) async throws -> Int? {
        let held = try await readers.read { try notes.held(in: $0) }
        let released = try held.filter { stream in
            do {
                try marks?.marking(.stored(stream, .zero)) {}
                return true
            } catch is Quarantined { return false }
        }
        if released.isEmpty { return nil }
        let reader = TagReader<Subject>(key: tags.key, forgotten: try await forgottenSubjects(), marks: marks)
        var unreadable = 0
        for stream in released {
            var found = FoundTags()
            var version = StreamVersion.zero
            while case let page = try await read(stream, after: version, limit: Self.page), let last = page.last {
                found.add(reader.tags(of: page))
                version = last.version
            }
            unreadable += found.unreadable
            try await commits.perform { [tags, found] db in
                try tags.settle(stream, in: db)
                let outdated = try TagIndex.entries(of: stream, in: db).filter { found.read.contains($0.position) }
                try TagIndex.remove(outdated, in: db)
                try found.write(in: db)
                try notes.set(held: notes.held(in: db).subtracting([stream]), in: db)
            }
        }
        return unreadable
    }

    /// Goes on with an index that the same code has begun, or removes what is left of any other: an index that is half
    /// made must not be taken for a whole one, by whatever code comes next.
    ///
    /// - Returns: Up to where it is made.
    private func beginIndex(
        of category: StreamCategory, as wanted: String, _ notes: IndexNotes
    ) async throws -> Position {
        let stored = try await readers.read { try notes.value(of: notes.begun, in: $0) }
        if let parts = stored?.split(separator: " ", maxSplits: 1), parts.count == 2, parts[1] == wanted,
            let position = Int64(parts[0])
        {
            return Position(rawValue: position)
        }
        try await commits.perform { [tags] db in
            try notes.removeAll(in: db)
            try tags.removeAll(of: category, in: db)
        }
        return .zero
    }
}

/// The notes of a store about the index of a category's tags.
private struct IndexNotes: Sendable {
    /// The code that has made it.
    let made: String
    /// Up to where it is made, and by which code.
    let begun: String
    /// The streams whose tags that code could not make.
    private let held: String

    init(of category: StreamCategory) {
        made = "tags:\(category)"
        begun = "tags-begun:\(category)"
        held = "tags-held:\(category)"
    }

    func value(of key: String, in db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [key])
    }

    func set(_ key: String, to value: String, in db: Database) throws {
        try db.execute(sql: "INSERT OR REPLACE INTO store VALUES(?, ?)", arguments: [key, value])
    }

    func removeAll(in db: Database) throws {
        try db.execute(sql: "DELETE FROM store WHERE key IN (?, ?, ?)", arguments: [made, begun, held])
    }

    /// Notes which code has made the index.
    func end(as code: String, in db: Database) throws {
        try set(made, to: code, in: db)
        try db.execute(sql: "DELETE FROM store WHERE key = ?", arguments: [begun])
    }

    func held(in db: Database) throws -> Set<StreamName> {
        // No name has a space in it.
        Set((try value(of: held, in: db) ?? "").split(separator: " ").map { StreamName(stored: String($0)) })
    }

    func set(held streams: Set<StreamName>, in db: Database) throws {
        try set(held, to: streams.map(\.description).sorted().joined(separator: " "), in: db)
    }
}

/// What events are found by.
private struct FoundTags: Sendable {
    var tags: [(Position, TagHash)] = []
    /// The events that today's code can read.
    var read: Set<Position> = []
    /// Those that it cannot read, and that keep the tags beside them.
    var kept: [Position] = []
    /// The number of those that it cannot read.
    var unreadable = 0
    /// The streams of those that are in quarantine.
    var held: Set<StreamName> = []

    mutating func add(_ other: FoundTags) {
        tags += other.tags
        read.formUnion(other.read)
        kept += other.kept
        unreadable += other.unreadable
        held.formUnion(other.held)
    }

    func write(in db: Database) throws {
        for (position, tag) in tags { try TagIndex.write(tag, at: position, in: db) }
        for position in kept {
            for tag in try TagIndex.tags(beside: position, in: db) { try TagIndex.write(tag, at: position, in: db) }
        }
    }
}

/// Makes the tags of stored events by today's code.
private struct TagReader<Subject: Aggregate> {
    let key: TagKey
    let forgotten: Set<StreamName>
    let marks: (any CodeMarks)?
    private let codec = EventCodec<Subject>()

    init(key: TagKey, forgotten: Set<StreamName>, marks: (any CodeMarks)?) {
        self.key = key
        self.forgotten = forgotten
        self.marks = marks
    }

    func tags(of events: [StoredEvent]) -> FoundTags {
        var found = FoundTags()
        for event in events {
            let isForgotten = forgotten.contains(event.stream)
            do {
                found.tags += try hashes(of: event, isForgotten: isForgotten).map { (event.position, $0) }
                found.read.insert(event.position)
            } catch {
                found.unreadable += 1
                if error is Quarantined { found.held.insert(event.stream) }
                // Those beside it were made before its subject was forgotten.
                if !isForgotten { found.kept.append(event.position) }
            }
        }
        return found
    }

    private func hashes(of event: StoredEvent, isForgotten: Bool) throws -> [TagHash] {
        func tags() throws -> [Tag] { try isForgotten ? codec.tags(ofForgotten: event) : codec.tags(of: event) }
        let found = try marks.map { try $0.marking(.stored(event.stream, event.version), tags) } ?? tags()
        return found.hashes(under: key)
    }
}
