import Daybook
import Foundation
import GRDB

extension DatabaseQueue {
    /// Opens a file that is there already, and waits up to five seconds for others who have it for themselves.
    ///
    /// - Parameter prepare: Sets up the connection before it reads the file.
    /// - Throws: ``StoreError`` when there is no such file, `DatabaseError` when it is no database.
    static func existing(
        _ path: String, preparing prepare: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) throws -> DatabaseQueue {
        var configuration = Configuration.shared
        configuration.prepareDatabase(prepare)
        guard FileManager.default.fileExists(atPath: path) else { throw StoreError("there is no \(path)") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
