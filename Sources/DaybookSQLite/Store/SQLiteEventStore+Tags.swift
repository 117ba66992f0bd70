public import Daybook
import GRDB
import Synchronization

extension SQLiteEventStore {
    private static let page = 2000

    /// Makes the index of a category's tags anew where other code has made it, or none. To be called before commands
    /// are taken. One that was interrupted begins again the next time.
    ///
    /// The events of a stream in quarantine are left out, and then the index is made again at the next start.
    ///
    /// - Parameter marks: Notes of the domain's code that runs.
    /// - Returns: How many events have no tags because they cannot be read; `nil` when the index was up to date.
    @discardableResult
    public func indexTags<Subject: Aggregate>(
        of subject: Subject.Type, marks: (any CodeMarks)? = nil
    ) async throws -> Int? {
        let category = Subject.category
        let name = "tags:\(category)"
        // Code without tags leaves events behind that are in no index: what comes after it begins anew.
        guard Subject.tagVersion > 0 else {
            try await commits.perform { try $0.execute(sql: "DELETE FROM store WHERE key = ?", arguments: [name]) }
            return nil
        }
        let wanted = "\(Subject.tagVersion) \(self.tags.key.fingerprint)"
        let stored = try await readers.read { db in
            try String.fetchOne(db, sql: "SELECT value FROM store WHERE key = ?", arguments: [name])
        }
        guard stored != wanted else { return nil }
        // An index that is half made must not be taken for a whole one, by whatever code comes next.
        try await commits.perform { [self] db in
            try db.execute(sql: "DELETE FROM store WHERE key = ?", arguments: [name])
            try tags.removeAll(of: category, in: db)
        }
        let codec = EventCodec<Subject>()
        func hashes(_ event: StoredEvent) throws -> [TagHash] {
            guard let marks else { return try codec.tags(of: event).hashes(under: tags.key) }
            return try marks.marking(.stored(event.stream, event.version)) {
                try codec.tags(of: event).hashes(under: tags.key)
            }
        }
        var (position, unreadable): (Position, Int) = (.zero, 0)
        var isWhole = true
        while case let page = try await read(after: position, limit: Self.page), let last = page.last {
            var tags: [(Position, TagHash)] = []
            for event in page where event.stream.isOf(category) {
                do {
                    tags += try hashes(event).map { (event.position, $0) }
                } catch {
                    unreadable += 1
                    if error is Quarantined { isWhole = false }
                }
            }
            try await commits.perform { [tags] db in
                for (position, tag) in tags { try TagIndex.write(tag, at: position, in: db) }
            }
            position = last.position
        }
        if isWhole {
            try await commits.perform { db in
                try db.execute(sql: "INSERT OR REPLACE INTO store VALUES(?, ?)", arguments: [name, wanted])
            }
        }
        return unreadable
    }
}
