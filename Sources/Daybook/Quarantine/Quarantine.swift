/// The streams and commands at which the code of this version ends the process, and the notes by which they are found.
///
/// A stream in quarantine is neither read nor written by a domain's code; a command in quarantine is refused on its
/// stream. What is in it is decided when a writer starts, by trying alone what the process before it was at when it
/// ended. Another version of the program forgets the commands, and tries the streams: so many at each start, and those
/// that it has not tried stay in quarantine.
public final class Quarantine: CodeMarks {
    /// Something in quarantine.
    public struct Entry: Sendable, Hashable {
        public let stream: StreamName
        /// The command that is refused; `nil` when the stream itself is not read.
        public let command: String?
        /// The signal that ended the process which tried it alone.
        public let signal: Int32
        public let since: Timestamp
    }

    /// The code that was tried alone, and the signal that ended the process which tried it.
    public struct Conviction: Sendable, Hashable {
        public let work: MarkedWork
        public let signal: Int32

        public init(work: MarkedWork, signal: Int32) {
            self.work = work
            self.signal = signal
        }
    }

    /// The refusals of one stream.
    private struct Refusals {
        var isWhole = false
        /// The hashes of the bodies, by the command.
        var bodies: [String: Set<[UInt8]>] = [:]
    }

    /// A command that was refused with so many bodies is refused with any.
    private static let bodiesOfOneCommand = 3

    private let marks: MarkFile
    private let store: any QuarantineStore
    private let refusals: [StreamName: Refusals]
    /// In the order of the streams.
    public let entries: [Entry]
    /// The number of streams in it that only another version of the program was convicted of: the next start
    /// tries them.
    public let untried: Int

    /// Opens the quarantine of a store, and begins to note what runs.
    ///
    /// - Parameters:
    ///   - tried: What was tried alone, of what ``suspects(among:marks:program:)`` has named. A stream that another
    ///     program was convicted of leaves the quarantine only if it is among it.
    ///   - convicted: What was found by trying it.
    ///   - path: The file of the notes.
    ///   - program: The identity of the running program.
    ///   - bodyLimit: The longest body of a command, in bytes.
    /// - Throws: ``StoreError`` when the notes cannot be made; ``AppendError`` when the store takes nothing.
    public init(
        of store: any QuarantineStore, tried: [MarkedWork] = [], convicted: [Conviction], marks path: String,
        program: @Sendable () throws -> String, bodyLimit: Int
    ) async throws {
        self.store = store
        var records = try await store.quarantined()
        if records.isEmpty && convicted.isEmpty {
            untried = 0
        } else {
            let program = try program()
            let decided = Self.records(records, tried, convicted, program, store)
            if decided != records {
                try await store.replaceQuarantined(by: decided)
                records = try await store.quarantined()
            }
            untried = records.count { $0.program != program }
        }
        entries = records.map {
            Entry(stream: $0.stream, command: $0.command?.name, signal: $0.signal, since: $0.since)
        }
        refusals = Self.refusals(of: records)
        // What was left is decided on: only now may it be overwritten.
        marks = try MarkFile(path, bodyLimit: bodyLimit)
    }

    public func begin(_ work: MarkedWork) throws -> CodeMark {
        if !refusals.isEmpty { try refuse(work) }
        return CodeMark(place: try marks.note(work), earlier: work.beginNote())
    }

    public func end(_ mark: CodeMark) {
        EndingSignals.end(mark.earlier)
        marks.wipe(mark.place)
    }

    private func refuse(_ work: MarkedWork) throws {
        guard let refused = refusals[work.stream] else { return }
        if refused.isWhole { throw Quarantined(stream: work.stream) }
        guard case .new(let stream, let command) = work, let bodies = refused.bodies[command.name] else { return }
        if bodies.count >= Self.bodiesOfOneCommand || bodies.contains(store.hash(ofBody: command.body)) {
            throw Quarantined(stream: stream, command: command.name)
        }
    }

    // MARK: What is decided at a start

    /// What stays of the records, and what comes to them. What other programs were convicted of goes: all commands, and
    /// the streams that were tried.
    private static func records(
        _ earlier: [QuarantineRecord], _ tried: [MarkedWork], _ convicted: [Conviction], _ program: String,
        _ store: any QuarantineStore
    ) -> [QuarantineRecord] {
        let streams = Set(tried.map(\.stream))
        var records = earlier.filter {
            $0.program == program || ($0.command == nil && !streams.contains($0.stream))
        }
        for conviction in convicted {
            let record = QuarantineRecord(conviction, program, store)
            records.removeAll { $0.stream == record.stream && $0.command == record.command }
            records.append(record)
        }
        return records
    }

    private static func refusals(of records: [QuarantineRecord]) -> [StreamName: Refusals] {
        var refusals: [StreamName: Refusals] = [:]
        for record in records {
            if let command = record.command {
                refusals[record.stream, default: Refusals()].bodies[command.name, default: []].insert(command.bodyHash)
            } else {
                refusals[record.stream, default: Refusals()].isWhole = true
            }
        }
        return refusals
    }

    /// The number of streams of another program that are tried at one start, so that it ends.
    private static let triedAtOnce = 100

    /// The code that is to be tried alone before a writer opens its store: what the last process was at when it ended,
    /// and the first 100 of the streams that only another program was convicted of.
    ///
    /// - Parameters:
    ///   - records: What is in quarantine.
    ///   - path: The file of the notes.
    ///   - program: The identity of the running program.
    /// - Throws: ``StoreError``, or what reading the notes and `program` throw.
    public static func suspects(
        among records: [QuarantineRecord], marks path: String, program: () throws -> String
    ) throws -> [MarkedWork] {
        var suspects = try MarkFile.left(in: path)
        if !records.isEmpty {
            let program = try program()
            let streams = records.filter { $0.command == nil && $0.program != program }
                .sorted { ($0.since, $0.stream.description) < ($1.since, $1.stream.description) }
            suspects += streams.prefix(triedAtOnce).map { .stored($0.stream, .zero) }
        }
        return Set(suspects).sorted { $0.stream.description < $1.stream.description }
    }
}

extension QuarantineRecord {
    fileprivate init(_ conviction: Quarantine.Conviction, _ program: String, _ store: any QuarantineStore) {
        var command: Command?
        if case .new(_, let text) = conviction.work {
            command = Command(name: text.name, bodyHash: store.hash(ofBody: text.body))
        }
        self.init(
            stream: conviction.work.stream, command: command, signal: conviction.signal, program: program,
            since: .now())
    }
}
