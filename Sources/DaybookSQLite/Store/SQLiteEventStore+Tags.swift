public import Daybook
import GRDB
import Synchronization

extension SQLiteEventStore {
    private static let page = 2000

    /// Makes the index of a category's tags again where other code has made it, or none. To be called before commands
    /// are taken. The next call goes on with one that was interrupted.
    ///
    /// The events of a stream in quarantine are left out, and then the index is made again at the next start.
    ///
    /// - Parameter marks: Notes of the domain's code that runs.
    /// - Returns: How many of the events that it read have no tags because they cannot be read; `nil` when the index was
    ///   up to date.
    @discardableResult
    public func indexTags<Subject: Aggregate>(
        of subject: Subject.Type, marks: (any CodeMarks)? = nil
    ) async throws -> Int? {
        let category = Subject.category
        let (name, begun) = ("tags:\(category)", "tags-begun:\(category)")
        // Code without tags leaves events behind that are in no index: what comes after it begins at the first event.
        guard Subject.tagVersion > 0 else {
            try await commits.perform { db in
                try db.execute(sql: "DELETE FROM store WHERE key IN (?, ?)", arguments: [name, begun])
            }
            return nil
        }
        let first = "\(Subject.tagVersion) \(self.tags.key.fingerprint)"
        let wanted = "\(first) 2"
        let stored = try await readers.read { db in
            try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [name])
        }
        guard stored != wanted else { return nil }
        let forgotten = try await forgottenSubjects()
        // The first indexes lack all tags of who was forgotten, also those that are not personal.
        if stored == first, !forgotten.contains(where: { $0.isOf(category) }) {
            try await endIndex(name, as: wanted, begun)
            return nil
        }
        let codec = EventCodec<Subject>()
        var position = try await beginIndex(of: category, as: wanted, name, begun)
        var unreadable = 0
        var isWhole = true
        while case let page = try await read(after: position, limit: Self.page), let last = page.last {
            var tags: [(Position, TagHash)] = []
            for event in page where event.stream.isOf(category) {
                do {
                    tags += try hashes(of: event, codec, isForgotten: forgotten.contains(event.stream), marks)
                        .map { (event.position, $0) }
                } catch {
                    unreadable += 1
                    if error is Quarantined { isWhole = false }
                }
            }
            position = last.position
            try await commits.perform { [tags, position] db in
                for (position, tag) in tags { try TagIndex.write(tag, at: position, in: db) }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO store VALUES(?, ?)", arguments: [begun, "\(position) \(wanted)"])
            }
        }
        try await endIndex(name, as: isWhole ? wanted : nil, begun)
        return unreadable
    }

    private func hashes<Subject: Aggregate>(
        of event: StoredEvent, _ codec: EventCodec<Subject>, isForgotten: Bool, _ marks: (any CodeMarks)?
    ) throws -> [TagHash] {
        func tags() throws -> [Tag] { try isForgotten ? codec.tags(ofForgotten: event) : codec.tags(of: event) }
        let found = try marks.map { try $0.marking(.stored(event.stream, event.version), tags) } ?? tags()
        return found.hashes(under: self.tags.key)
    }

    /// Goes on with an index that the same code has begun, or removes what is left of any other: an index that is half
    /// made must not be taken for a whole one, by whatever code comes next.
    ///
    /// - Returns: Up to where it is made.
    private func beginIndex(
        of category: StreamCategory, as wanted: String, _ name: String, _ begun: String
    ) async throws -> Position {
        let stored = try await readers.read { db in
            try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [begun])
        }
        if let parts = stored?.split(separator: " ", maxSplits: 1), parts.count == 2, parts[1] == wanted,
            let position = Int64(parts[0])
        {
            return Position(rawValue: position)
        }
        try await commits.perform { [self] db in
            try db.execute(sql: "DELETE FROM store WHERE key IN (?, ?)", arguments: [name, begun])
            try tags.removeAll(of: category, in: db)
        }
        return .zero
    }

    /// Notes which code has made an index; none where it is not whole.
    private func endIndex(_ name: String, as code: String?, _ begun: String) async throws {
        try await commits.perform { db in
            if let code { try db.execute(sql: "INSERT OR REPLACE INTO store VALUES(?, ?)", arguments: [name, code]) }
            try db.execute(sql: "DELETE FROM store WHERE key = ?", arguments: [begun])
        }
    }
}
