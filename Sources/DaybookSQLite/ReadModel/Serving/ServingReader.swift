public import Daybook
public import GRDB
import Synchronization

/// Reads the generation that serves, whichever that is when it is asked.
public final class ServingReader: ServingRows {
    private struct Opened: Sendable {
        let number: Int
        let version: Int
        let readers: Readers
    }

    private let folder: ReadModelFolder
    private let opened = Mutex<Opened?>(nil)

    /// Opens nothing before it is asked.
    public init(_ folder: ReadModelFolder) { self.folder = folder }

    /// The generation that serves.
    ///
    /// - Throws: ``NothingServes``.
    public func generation() throws -> Int {
        guard let number = folder.serving else { throw NothingServes() }
        return number
    }

    /// Reads rows in one snapshot.
    ///
    /// - Throws: ``NothingServes`` before the first generation is built, `DatabaseError`.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await serving().readers.readTogether(body)
    }

    /// The version of the projection whose rows serve.
    ///
    /// - Throws: ``NothingServes``, `DatabaseError`.
    public func version() throws -> Int { try serving().version }

    /// Answers a query with JSON; `nil` when there is no such thing.
    ///
    /// - Parameter version: The version of the projection that the query belongs to. Its tables may differ from those of
    ///   another.
    /// - Throws: ``NothingServes``, ``OtherVersionServes``, `DatabaseError`, what the query throws; ``StoreError`` for a
    ///   query that is no ``ReadModelQuery``.
    public func answer(
        _ query: any QueryDescription, _ parameters: QueryParameters, of version: Int
    ) async throws -> [UInt8]? {
        let query = try ReadModelQuery(describedBy: query)
        return try await read(of: version) { db in try query.body(parameters, db) }
    }

    func read<Value: Sendable>(
        of version: Int, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let serving = try serving()
        guard serving.version == version else { throw OtherVersionServes(serving: serving.version, wanted: version) }
        return try await serving.readers.readTogether(body)
    }

    /// The look at the link costs two system calls; so nobody has to be told of a switch.
    private func serving() throws -> Opened {
        let number = try generation()
        return try opened.withLock { opened in
            if let opened, opened.number == number { return opened }
            var configuration = Configuration.readOnly
            configuration.maximumReaderCount = 4
            let pool = try DatabasePool(path: folder.file(number), configuration: configuration)
            guard let version = try pool.read({ try ReadModelSchema.version(in: $0)?.version }) else {
                throw StoreError("\(folder.file(number)) is no read model")
            }
            let fresh = Opened(number: number, version: version, readers: Readers(pool, count: 4))
            opened = fresh
            return fresh
        }
    }
}
