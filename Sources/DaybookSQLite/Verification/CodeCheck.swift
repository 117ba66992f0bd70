public import Daybook
import GRDB

/// The check that a domain's code can do with everything that a new store has.
public struct CodeCheck: Sendable {
    private let folds: StoredFolds

    /// - Parameters:
    ///   - aggregates: Those whose events may be in it.
    ///   - keys: Its key file. Without it, personal data that are sealed are tried as if they were forgotten.
    public init(of aggregates: [any Aggregate.Type], keys: String? = nil) {
        folds = StoredFolds(of: aggregates, keys: keys)
    }

    /// Folds every stream.
    ///
    /// - Throws: ``CodeRefusal`` at the first event that cannot be folded; `StoreError`, `DatabaseError`; what `progress`
    ///   throws.
    func run(in db: Database, progress: (Position, Position) throws -> Void) throws {
        _ = try folds.run(
            in: db, failed: { throw CodeRefusal($0) },
            progress: { try progress(Position(rawValue: $0), Position(rawValue: $1)) })
    }
}

/// An event of a new store that the code of this program cannot read or fold.
public struct CodeRefusal: Error, Sendable, CustomStringConvertible {
    public let stream: StreamName
    public let version: StreamVersion
    /// The type as it is stored.
    public let type: String
    public let schemaVersion: Int
    public let reason: String

    init(_ failure: FoldFailure) {
        stream = failure.stream
        version = failure.version
        type = failure.type
        schemaVersion = failure.schemaVersion
        reason = failure.reason
    }

    public var description: String {
        "event \(version) of \(stream) (\(type), schema version \(schemaVersion)) does not fit the code: \(reason)"
    }
}
