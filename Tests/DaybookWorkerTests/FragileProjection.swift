import Daybook
import DaybookSQLite
import GRDB
import Synchronization
import UserViews
import Users

/// The `users` projection, which can be told to fail.
struct FragileProjection: SQLiteProjection {
    /// What it fails at: emails that begin so.
    let fault: Fault

    final class Fault: Sendable {
        private let prefix = Mutex<String?>(nil)
        var email: String? {
            get { prefix.withLock { $0 } }
            set { prefix.withLock { $0 = newValue } }
        }
    }

    struct Broken: Error {}

    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }
    static func createIndexes(in db: Database) throws { try UsersProjection.createIndexes(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        if case .emailChanged(_, let email) = event, let fault = fault.email, email.hasPrefix(fault) { throw Broken() }
        try UsersProjection().apply(event, from: entry, in: db)
    }
}
