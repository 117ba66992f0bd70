import Daybook
import GRDB

/// A stored event that a domain's code cannot fold, and why.
struct FoldFailure {
    let stream: StreamName
    let version: StreamVersion
    let type: String
    let schemaVersion: Int
    let position: Position
    let reason: String
}

/// Folds everything that is stored with a domain's aggregates: each event is decoded, brought to the present schema and
/// applied, stream by stream, so that no more than one aggregate is in memory.
struct StoredFolds {
    private let keys: String?
    private let folds: [StreamCategory: any StreamFold]

    /// - Parameter keys: The store's key file. Without it, personal data that are sealed are tried as if they were
    ///   forgotten.
    init(of aggregates: [any Aggregate.Type], keys: String?) {
        self.keys = keys
        folds = Dictionary(aggregates.map { ($0.category, Self.fold($0)) }) { first, _ in first }
    }

    private static func fold<Subject: Aggregate>(_ type: Subject.Type) -> any StreamFold { AggregateFold<Subject>() }

    /// - Parameters:
    ///   - failed: Called with each event that cannot be folded. Those behind it are tried too.
    ///   - progress: Called now and then with how far it is, and how far it goes.
    /// - Returns: How many events there are.
    /// - Throws: `StoreError` when the key file is another store's, `DatabaseError`; what `failed` and `progress` throw.
    func run(
        in db: Database, failed: (FoldFailure) throws -> Void, progress: (Int64, Int64) throws -> Void
    ) throws -> Int64 {
        let seals = try Seals.reading(keys: keys, of: db)
        let total = try StoreFile.head(in: db).position.rawValue
        var row = try PreparedStatement(
            """
            SELECT e.position, e.version, e.schema_version, e.data, t.name, e.stream_id, s.name
            FROM events e JOIN streams s ON s.id = e.stream_id JOIN types t ON t.id = e.type_id
            ORDER BY e.stream_id, e.version
            """, in: db)
        defer { row.reset() }
        var (id, stream, fold): (Int64?, StreamName, (any StreamFold)?) = (nil, StreamName(stored: ""), nil)
        var count: Int64 = 0
        while try row.step() {
            if row.int64(5) != id {
                (id, stream) = (row.int64(5), StreamName(stored: row.text(6)))
                fold = folds[stream.category]
            }
            try seals.opening(row.bytes(3), of: stream) { data in
                let event = ReplayedEvent(
                    version: StreamVersion(rawValue: row.int64(1)), type: row.text(4), schemaVersion: row.int(2),
                    data: data)
                guard let reason = Self.reason(against: event, of: stream, &fold) else { return }
                try failed(
                    FoldFailure(
                        stream: stream, version: event.version, type: event.type, schemaVersion: event.schemaVersion,
                        position: Position(rawValue: row.int64(0)), reason: reason))
            }
            count += 1
            if count % 10_000 == 0 && count < total { try progress(count, total) }
        }
        try progress(total, total)
        return count
    }

    /// Folds an event. A process that ends meanwhile names it.
    ///
    /// - Returns: Why that cannot be done.
    private static func reason(
        against event: ReplayedEvent, of stream: StreamName, _ fold: inout (any StreamFold)?
    ) -> String? {
        guard fold != nil else { return "there is no aggregate of this category" }
        do {
            try EndingSignals.noting(stream: stream.description, version: event.version.rawValue, type: event.type) {
                try fold?.take(event, of: stream)
            }
        } catch { return (error as? CodecError)?.reason ?? "\(error)" }
        return nil
    }
}

/// Folds one stream, without saying of which aggregate.
private protocol StreamFold: Sendable {
    mutating func take(_ event: ReplayedEvent, of stream: StreamName) throws
}

private struct AggregateFold<Subject: Aggregate>: StreamFold {
    private let codec = EventCodec<Subject>()
    private var state = Subject()

    mutating func take(_ event: ReplayedEvent, of stream: StreamName) throws {
        let codec = self.codec
        try codec.decode(event, of: stream) { state.apply($0) }
    }
}
