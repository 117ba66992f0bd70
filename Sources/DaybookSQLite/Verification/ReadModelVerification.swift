public import Daybook
import Foundation
import GRDB

/// The comparison of a read model with a replay of a store.
public struct ReadModelFindings: Sendable, Codable {
    /// The projection's name.
    public var projection: String
    /// The number of integration events that both have posted, or set aside.
    public var events: Int64 = 0
    /// Rows that only the read model has are `first`, those that only the replay has are `second`.
    public var differences: [TableDifference] = []
    /// What else is wrong.
    public var problems: [String] = []
    /// The streams with parked events and the events that are skipped, which were left out of the replay as well.
    public var leftOut: [String] = []

    /// `true` when it has what a replay gives.
    public var isReplay: Bool { differences.isEmpty && problems.isEmpty }
}

/// Proves that a read model has the rows that its projection makes of a store's log, up to exactly the checkpoints in it.
///
/// It only reads the two, also while a worker posts to the read model. The replay goes to a file in the temporary folder
/// (`TMPDIR`), which needs as much room as the read model.
public struct ReadModelVerification: Sendable {
    private let file: String
    private let store: String
    private let keys: String?
    private let name: String
    private let version: Int

    /// - Parameters:
    ///   - path: The read model's folder, of which the generation that serves is meant, or a generation's file.
    ///   - store: The file of the store that it was made from, or of a backup of it.
    ///   - keys: The store's key file, if it has one.
    /// - Throws: `StoreError` when there is no generation, or it is none, `DatabaseError`.
    public init(_ path: String, of store: String, keys: String? = nil) throws {
        self.store = store
        self.keys = keys
        file = try Self.file(path)
        let found = try Self.open(file).read { [file] db in
            try FileKind.readModel.check(db, file)
            return try ReadModelSchema.version(in: db)
        }
        guard let found else { throw StoreError("\(path) was not finished being made") }
        (name, version) = found
    }

    private static func file(_ path: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw StoreError("there is no \(path)")
        }
        guard isFolder.boolValue else { return path }
        let folder = try ReadModelFolder(path)
        guard let serving = folder.serving else { throw StoreError("no generation serves in \(path)") }
        return folder.file(serving)
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: path, configuration: .readOnly)
    }

    /// Replays the log with the one of the projections that it is of, and compares the rows.
    ///
    /// - Parameter progress: Called with how many events are posted, and how many are to be.
    /// - Throws: `StoreError` when none of the projections is the one, or the read model was made from another log,
    ///   `DatabaseError`.
    public func run(
        with projections: [any SQLiteProjection], progress: (Int64, Int64) throws -> Void = { _, _ in }
    ) async throws -> ReadModelFindings {
        guard let projection = projections.first(where: { type(of: $0).name == name }) else {
            throw StoreError("\(file) is of the projection \(name), which is not known here")
        }
        guard type(of: projection).version == version else {
            throw StoreError(
                "\(file) is of \(name) version \(version), the code is version \(type(of: projection).version)")
        }
        return try await compare(with: projection, progress)
    }

    private func compare<Projection: SQLiteProjection>(
        with projection: Projection, _ progress: (Int64, Int64) throws -> Void
    ) async throws -> ReadModelFindings {
        let log = try StoreLog(path: store, keys: keys)
        guard try keys != nil || StoreFile(store).read({ try StoreIdentity.keyRing(in: $0) }) == nil else {
            throw StoreError("\(store) has personal data that are sealed: a replay needs its key file")
        }
        let folder = try PrivateFolder("daybook-replay")
        defer { folder.remove() }
        return try await SQLiteReadModel.withScratch(in: folder.inner, projection) { replay in
            let comparison = try GenerationComparison(file, replay.path)
            let targets = comparison.checkpoints
            try requireLog(log, targets)
            let (parked, skipped) = try comparison.readFirst { db in
                (try ParkedEvents.places(in: db), try ParkedEvents.skipped(in: db))
            }
            try await replay.skip(Array(skipped))
            let reasons = parked.mapValues { $0.mapValues { $0.reason } }
            let total = targets.values.map(\.offset.rawValue).cappedSum
            var done: Int64 = 0
            try await replay.catchUp(to: targets, from: history(of: targets, in: log), parking: reasons) { posted in
                done += posted
                try progress(done, total)
            }
            var findings = ReadModelFindings(projection: name, events: total)
            findings.problems = try await missed(targets, by: replay)
            findings.problems += try await failures(of: replay, besides: parked)
            findings.differences = try comparison.differences()
            let streams = Set(parked.values.flatMap { $0.values.map { $0.stream } })
            findings.leftOut = streams.sorted() + skipped.map { "event \($0.id)" }.sorted()
            return findings
        }
    }

    /// The log as the history of every source that the checkpoints name.
    private func history(of checkpoints: [Lane: Checkpoint], in log: StoreLog) -> LocalHistory {
        let logs = Set(checkpoints.keys.map(\.source)).map { ($0, log as any IntegrationLog) }
        return LocalHistory(Dictionary(uniqueKeysWithValues: logs))
    }

    /// The checkpoints at which the replay has not arrived, in words.
    private func missed<Projection: SQLiteProjection>(
        _ targets: [Lane: Checkpoint], by replay: SQLiteReadModel<Projection>
    ) async throws -> [String] {
        let reached = try await replay.checkpoints()
        return targets.sorted { $0.key < $1.key }.filter { reached[$0.key] != $0.value }.map { lane, target in
            "the log has not the event that was posted at offset \(target.offset) of \(lane)"
        }
    }

    /// Every lane must have been made from this store's log.
    private func requireLog(_ log: StoreLog, _ checkpoints: [Lane: Checkpoint]) throws {
        guard let other = checkpoints.sorted(by: { $0.key < $1.key }).first(where: { $0.value.epoch != log.epoch })
        else {
            return
        }
        throw StoreError(
            "\(file) has posted \(other.key) from a log of epoch \(other.value.epoch), and that of \(store) is of epoch "
                + "\(log.epoch): only a read model of this log alone can be compared")
    }

    /// The events that the read model has posted and its code cannot post any more.
    private func failures<Projection: SQLiteProjection>(
        of replay: SQLiteReadModel<Projection>, besides known: [Lane: [Offset: (stream: String, reason: String)]]
    ) async throws -> [String] {
        var failures: [String] = []
        try await replay.withEachParked { event in
            let lane = Lane(source: event.source, partition: Partition(event.partition))
            if known[lane]?[Offset(rawValue: event.offset)] != nil { return }
            failures.append("a replay cannot post \(event.type) of \(event.stream): \(event.reason ?? "")")
        }
        return failures
    }
}
