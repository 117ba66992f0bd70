public import Daybook
import Foundation
public import Users

/// Writes a message for each new user into an outbox that is like a maildir: what is in `new` is whole, and whoever
/// sends it moves it away.
public struct WelcomeMessage: Reaction {
    public static let name = "welcome-message"

    private let outbox: String

    /// - Parameter outbox: The folder, which is made if it is not there.
    /// - Throws: When it cannot be made, or a draft of an earlier process cannot be removed.
    public init(outbox: String) throws {
        self.outbox = outbox
        for folder in ["tmp", "new", "cur"] {
            try FileManager.default.createDirectory(atPath: "\(outbox)/\(folder)", withIntermediateDirectories: true)
        }
        // The process may have ended before it renamed a draft, and its user may be forgotten now.
        for draft in try FileManager.default.contentsOfDirectory(atPath: "\(outbox)/tmp")
        where draft.hasPrefix("\(Self.name).") {
            try Self.remove("\(outbox)/tmp/\(draft)")
        }
    }

    public func react(to event: UserIntegrationEvent, from entry: LogEntry, key: String) async throws {
        // Who was forgotten since has no address any more.
        guard case .created(let email, let name) = event, email != SealedData.forgotten else { return }
        let text = """
            To: \(Self.line(email))
            Subject: Welcome
            Message-ID: <\(Self.line(key))>
            Date: \(entry.occurredAt)

            Hello \(Self.line(name)), it is good to have you with us.

            """
        // Named after the key: a repetition finds its message there, unless it was sent already.
        let file = key.map { $0 == "/" ? "." : String($0) }.joined()
        let (draft, message) = ("\(outbox)/tmp/\(file)", "\(outbox)/new/\(file)")
        do {
            try Self.write(text, to: draft)
            guard rename(draft, message) == 0 else { throw Self.systemError }
            try Self.flush("\(outbox)/new")
        } catch {
            try? Self.remove(draft)
            throw NotNow("the outbox \(outbox) cannot be written: \(error)")
        }
    }

    /// Headers are lines: what comes from outside must not begin another one.
    private static func line(_ text: String) -> String { text.filter { !$0.isNewline } }

    private static var systemError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

    /// Removes a file, if it is there.
    private static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw systemError }
    }

    /// Brings a folder's entries to the disk.
    private static func flush(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError }
    }

    /// A message that counts as written is on the disk.
    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.synchronize()
    }
}
