public import Daybook
public import GRDB
import Synchronization

/// Reads the generation that serves, whichever that is when it is asked.
public final class ServingReader: Sendable {
    private struct Opened: Sendable {
        let number: Int
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
        try await readers().readTogether(body)
    }

    /// Answers a query with JSON; `nil` when there is no such thing.
    public func answer(_ query: ReadModelQuery, _ parameters: QueryParameters) async throws -> [UInt8]? {
        try await read { db in try query.body(parameters, db) }
    }

    /// The look at the link costs two system calls; so nobody has to be told of a switch.
    private func readers() throws -> Readers {
        let number = try generation()
        return try opened.withLock { opened in
            if let opened, opened.number == number { return opened.readers }
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 4
            let pool = try DatabasePool(path: folder.file(number), configuration: configuration)
            let fresh = Opened(number: number, readers: Readers(pool, count: 4))
            opened = fresh
            return fresh.readers
        }
    }
}

/// No generation of the read model is built yet.
public struct NothingServes: Error, Sendable, CustomStringConvertible {
    public let description = "the read model is being built for the first time"

    public init() {}
}
