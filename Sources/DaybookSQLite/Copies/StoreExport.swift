public import Daybook
import Foundation

/// The events that an export for reading has. All of them unless something is said.
public struct ExportFilter: Sendable {
    /// The name of the stream.
    public var stream: String?
    /// The category of the streams.
    public var category: String?
    /// The stored type.
    public var type: String?
    /// Recorded at this time or later.
    public var since: Timestamp?
    /// Recorded before this time.
    public var until: Timestamp?

    public init(
        stream: String? = nil, category: String? = nil, type: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil
    ) {
        self.stream = stream
        self.category = category
        self.type = type
        self.since = since
        self.until = until
    }

    /// What it asks of a row, and the values for that in order.
    fileprivate var conditions: [(sql: String, value: StoredValue)] {
        var conditions: [(sql: String, value: StoredValue)] = []
        if let stream { conditions.append(("s.name = ?", .text(stream))) }
        if let category {
            // What follows the hyphen in ASCII is the dot.
            conditions.append(("s.name >= ?", .text("\(category)-")))
            conditions.append(("s.name < ?", .text("\(category).")))
        }
        if let type { conditions.append(("t.name = ?", .text(type))) }
        if let since { conditions.append(("e.recorded_at >= ?", .integer(since.microseconds))) }
        if let until { conditions.append(("e.recorded_at < ?", .integer(until.microseconds))) }
        return conditions
    }
}

/// Writes the events of a store as lines of JSON, each a CloudEvent 1.0, in the order of their positions.
///
/// It only reads, also while a writer has the store, and sees the store as it is when it begins. Events are written as
/// they are stored, not in the present schema.
public struct StoreExport: Sendable {
    private let path: String
    private let source: String
    private let keys: String?

    /// - Parameters:
    ///   - path: The store's file.
    ///   - keys: Its key file, for events that are to be read; without it what is sealed is written as it is stored.
    ///   - source: The `source` of the CloudEvents; the file's name without its extension when it is `nil`.
    public init(path: String, keys: String? = nil, source: String? = nil) {
        self.path = path
        self.keys = keys
        self.source = source ?? URL(filePath: path).deletingPathExtension().lastPathComponent
    }

    /// Writes events for reading: their data as JSON, the metadata as attributes.
    ///
    /// - Parameter write: Takes lines with their ends.
    /// - Throws: `StoreError` when the file is no store, `DatabaseError` when it cannot be read, what `write` throws.
    public func events(_ filter: ExportFilter = ExportFilter(), write: ([UInt8]) throws -> Void) throws {
        try StoreFile(path).read { db in
            let seals = try keys.map { try Seals.reading(keys: $0, of: db) } ?? .none
            let conditions = filter.conditions
            let sql = (["TRUE"] + conditions.map { $0.sql }).joined(separator: " AND ")
            try Queries.forEachEvent(seals, "WHERE \(sql) ORDER BY e.position", db) { statement in
                for condition in conditions { statement.bind(condition.value) }
            } body: { event in
                try write(try ExportedEvent.line(event, from: source))
            }
        }
    }

    /// Writes the whole store, so that ``StoreImport`` can make it again: after a header each event with the bytes that
    /// are stored of it and of its entries in the log, then a footer with the head. Each event is verified before it is
    /// written.
    ///
    /// - Parameter write: Takes lines with their ends.
    /// - Returns: The head.
    /// - Throws: ``StoreDamage``, `StoreError` when the file is no store, `DatabaseError` when it cannot be read, what
    ///   `write` throws.
    @discardableResult
    public func whole(write: ([UInt8]) throws -> Void) throws -> NotedHead {
        try StoreFile(path).read { db in
            try write(try lineOfJSON(ExportHeader(of: db)))
            let head = try StoreVerification.prove(in: db, progress: { _, _ in }) { event in
                try write(try ExportedEvent.line(event, from: source))
            }
            try write(try lineOfJSON(ExportFooter(head)))
            return head
        }
    }
}
