import Daybook
import DaybookService
import Foundation
import Logging

/// Tries alone what a writer was at when it ended: each in a process of its own, which is this program again.
///
/// Only a process that ends by itself while it tries something convicts it. So a writer that was killed from outside
/// puts nothing in quarantine.
enum CodeTrial {
    /// Tells the program that it is to try one piece of work, which stands on its standard input, and to end.
    private static let variable = "_DAYBOOK_TRIAL"
    /// What the process writes before it runs any code of the domain.
    private static let beginMark = "begins. "
    /// What the process writes before it runs code on what is not stored yet.
    private static let isReadMark = "all that is stored was read"
    private static let limit = Duration.seconds(60)
    private static let ownSignals: Set<Int32> = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    /// A piece of work as JSON.
    struct Assignment: Codable {
        var stream: String
        /// `nil` when it is about what is stored.
        var command: String?
        var body: Data?

        init(_ work: MarkedWork) {
            stream = work.stream.description
            guard case .new(_, let text) = work else { return }
            command = text.name
            body = Data(text.body)
        }

        func work() throws -> MarkedWork {
            let stream = try StreamName(stream)
            guard let command else { return .stored(stream, .zero) }
            return .new(stream, CommandText(name: command, body: Array(body ?? Data())))
        }
    }

    // MARK: In the process that tries

    /// The work that this process is to try; `nil` in a process that is to serve.
    static func assignment() throws -> Assignment? {
        guard ProcessInfo.processInfo.environment[variable] != nil else { return nil }
        return try JSONDecoder().decode(Assignment.self, from: FileHandle.standardInput.readToEnd() ?? Data())
    }

    /// Tries it, and ends the process.
    static func run(_ assignment: Assignment, _ store: any WriterStore, _ aggregates: [CommandHandler]) async -> Never {
        // The process that serves tells the end of this one.
        EndingSignals.reportNothing()
        do {
            let work = try assignment.work()
            try FileHandle.standardOutput.write(contentsOf: Data(beginMark.utf8))
            for aggregate in aggregates where aggregate.category == work.stream.category.description {
                try await aggregate.rehearse(store, work) {
                    try? FileHandle.standardOutput.write(contentsOf: Data(isReadMark.utf8))
                }
            }
        } catch {
            // An error is no end of the process: whoever asks for this again is told of it.
        }
        exit(0)
    }

    // MARK: In the process that serves

    /// Tries what the process before was at when it ended, and the streams that another version had in quarantine. To be
    /// called before the store is opened.
    ///
    /// - Returns: What was tried, and what of it is to be in quarantine.
    static func convictions(
        at location: any StoreLocation, _ logger: Logger
    ) async throws -> (tried: [MarkedWork], convicted: [Quarantine.Conviction]) {
        guard let records = try await location.quarantined() else { return ([], []) }
        let suspects = try Quarantine.suspects(
            among: records, marks: location.marksPath, program: ProgramIdentity.current)
        var convictions: [Quarantine.Conviction] = []
        for suspect in suspects {
            guard let conviction = try await tried(suspect) else { continue }
            convictions.append(conviction)
            var metadata: Logger.Metadata = ["stream": "\(suspect.stream)", "signal": "\(conviction.signal)"]
            if case .new(_, let command) = conviction.work { metadata["command"] = "\(command.name)" }
            logger.error("quarantined: the code ends the process at it", metadata: metadata)
        }
        if suspects.count > convictions.count {
            logger.notice(
                "the process before did not end at what it was at",
                metadata: ["tried": "\(suspects.count)", "quarantined": "\(convictions.count)"])
        }
        return (suspects, convictions)
    }

    private static func tried(_ suspect: MarkedWork) async throws -> Quarantine.Conviction? {
        let (input, output) = (Pipe(), Pipe())
        var environment = ProcessInfo.processInfo.environment
        environment[variable] = "1"
        // It is no service of its own, and its end is expected.
        environment["NOTIFY_SOCKET"] = nil
        environment["SWIFT_BACKTRACE"] = "enable=no"
        let process = try ChildProcess(
            ProgramIdentity.path, arguments: Array(CommandLine.arguments.dropFirst()), environment: environment,
            input: input.fileHandleForReading.fileDescriptor,
            output: .descriptor(output.fileHandleForWriting.fileDescriptor))
        // Their other ends are the child's alone, so that each sees the end of what the other writes.
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        async let text = text(from: output)
        let assignment = try JSONEncoder().encode(Assignment(suspect))
        try? input.fileHandleForWriting.write(contentsOf: assignment)
        try? input.fileHandleForWriting.close()
        let signal = await process.wait(within: limit) - 128
        let printed = await text
        guard ownSignals.contains(signal), printed.contains(beginMark) else { return nil }
        let isRead = printed.contains(isReadMark)
        let work = isRead ? suspect : MarkedWork.stored(suspect.stream, .zero)
        return Quarantine.Conviction(work: work, signal: signal)
    }

    /// All that comes out of a pipe until nobody writes to it any more.
    private static func text(from pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let bytes = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
