public import Daybook
import Foundation
import GRDB

extension GenerationSummary {
    /// Looks into a generation's file; `nil` when it is none, or was not finished being made.
    ///
    /// - Throws: `DatabaseError` when it cannot be read, ``StoreError`` when a checkpoint in it is damaged.
    public init?(_ number: Int, in folder: ReadModelFolder) throws {
        let path = folder.file(number)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        typealias Found = (version: Int, record: GenerationRecord, progress: ReadModelProgress)
        let found = try DatabaseQueue.existing(path).read { db -> Found? in
            guard let (_, version) = try ReadModelSchema.version(in: db) else { return nil }
            // A file that does not say what it is to its read model serves.
            let record =
                try db.tableExists("generation") ? GenerationRecord.read(in: db) : GenerationRecord(role: .serving)
            guard let record else { return nil }
            return (version, record, try ReadModelProgress(in: db))
        }
        guard let found else { return nil }
        self.init(
            number: number, version: found.version, record: found.record, progress: found.progress,
            bytes: GenerationFile.bytes(of: path))
    }
}

/// What can be said to a generation's file, and read of it, without knowing its projection.
public enum GenerationFile {
    /// Bytes on the disk.
    static func bytes(of path: String) -> Int64 {
        ["", "-wal"].reduce(0) { sum, suffix in
            let size = (try? FileManager.default.attributesOfItem(atPath: path + suffix))?[.size] as? Int64
            return sum + (size ?? 0)
        }
    }

    /// The events that could not be posted to a generation of any version; `nil` where everything could.
    public static func failures(in number: Int, of folder: ReadModelFolder) throws -> ParkedFailures? {
        try DatabaseQueue.existing(folder.file(number)).read { db in
            try db.tableExists("parked_events") ? ParkedEvents.failures(in: db) : nil
        }
    }

    /// The amounts that a generation of any version has set aside.
    public static func kept(in number: Int, of folder: ReadModelFolder) throws -> KeptCounts {
        try DatabaseQueue.existing(folder.file(number)).read { try KeptCounts(in: $0) }
    }

    /// The events that are skipped in a generation of any version.
    public static func skippedEvents(of number: Int, in folder: ReadModelFolder) throws -> [SkippedEvent] {
        try DatabaseQueue.existing(folder.file(number)).inDatabase { db in
            try db.tableExists("skipped_events") ? Array(ParkedEvents.skipped(in: db)) : []
        }
    }

    /// The events that are parked in a generation of any version because processes have ended at them, and at how many.
    static func crashingEvents(of number: Int, in folder: ReadModelFolder) throws -> [String: Int] {
        try DatabaseQueue.existing(folder.file(number)).inDatabase { try ExcludedEvents.crashing(in: $0) }
    }

    /// Changes what a generation is to its read model, and so fences off everyone who takes it for something else. What was
    /// asked of a build, and why it was refused, ends with that.
    static func setRole(_ role: GenerationRole, of number: Int, in folder: ReadModelFolder) throws {
        try DatabaseQueue.existing(folder.file(number)).inDatabase { db in
            // Whoever posts to it copies its log.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
            try db.inTransaction(.immediate) {
                try db.execute(sql: GenerationRecord.table)
                try GenerationRecord(role: role).write(in: db)
                return .commit
            }
        }
    }
}

extension ReadModelFolder {
    /// The summary of each generation that can be read, oldest first.
    ///
    /// - Throws: `DatabaseError` when the one that serves cannot be.
    public func generations() throws -> [GenerationSummary] { try survey().generations }

    /// Looks into each generation, oldest first.
    ///
    /// - Throws: `DatabaseError` when the one that serves cannot be read.
    public func survey() throws -> (generations: [GenerationSummary], damaged: [DamagedGeneration]) {
        let serving = serving
        var (generations, damaged): ([GenerationSummary], [DamagedGeneration]) = ([], [])
        for number in numbers {
            do {
                if let generation = try GenerationSummary(number, in: self) ?? finished(number) {
                    generations.append(generation)
                }
            } catch let error where number != serving {
                let bytes = GenerationFile.bytes(of: file(number))
                damaged.append(DamagedGeneration(number: number, error: error, bytes: bytes))
            }
        }
        return (generations, damaged)
    }

    /// A generation that was not finished being made a moment ago; `nil` while somebody makes it, or when it is gone.
    ///
    /// - Throws: ``StoreError`` when nobody does.
    private func finished(_ number: Int) throws -> GenerationSummary? {
        guard try FileManager.default.fileExists(atPath: file(number)) && claim(number) != nil else { return nil }
        // Whoever made it may have come to the end since the first look.
        if let generation = try GenerationSummary(number, in: self) { return generation }
        throw StoreError("generation \(number) was not finished being made")
    }

    /// `true` when the generations say something else than the link: a promotion is under way, or a worker has ended in
    /// the midst of one.
    public func isBetweenTwo(_ generations: [GenerationSummary]) -> Bool {
        generations.contains { ($0.record.role == .serving) != ($0.number == serving) }
    }

    /// Makes another generation the one that serves. Whoever posts to either must have been stopped, or is fenced off
    /// before the link moves.
    ///
    /// - Parameter level: Called when nobody can post to the present one any more: brings the next one up to it, and
    ///   may refuse by throwing; then the present one goes on serving.
    /// - Throws: ``PromotionUnderWay`` while another worker does it, what `level` throws, `DatabaseError`, ``StoreError``.
    public func promote(_ number: Int, level: (_ present: Int?) async throws -> Void) async throws {
        let claim = try claimPromotion(as: "a worker that promotes")
        defer { withExtendedLifetime(claim) {} }
        let present = serving
        if let present, present != number { try GenerationFile.setRole(.previous, of: present, in: self) }
        do { try await level(present) } catch {
            if let present { try GenerationFile.setRole(.serving, of: present, in: self) }
            throw error
        }
        try GenerationFile.setRole(.serving, of: number, in: self)
        try serve(number)
    }

    /// Mends what a worker that ended in the midst of a promotion has left. Where the next generation was told already
    /// that it serves, only the link was still to be moved; otherwise the present one goes on.
    ///
    /// Does nothing while a promotion is under way.
    ///
    /// - Throws: `DatabaseError` when the generation that serves cannot be read, ``StoreError`` when the folder cannot be
    ///   written.
    public func recover() throws {
        // Without need the lock is not taken: a promotion that begins at this moment would be refused.
        guard try isBetweenTwo(generations()),
            let lock = try FileLock.ifFree(besides: "\(path)/promotion", as: "a worker that starts")
        else { return }
        defer { withExtendedLifetime(lock) {} }
        let generations = try generations()
        let present = generations.first { $0.number == serving }
        if present?.record.role != .serving, let next = generations.last(where: { $0.record.role == .serving }) {
            try serve(next.number)
        } else if let present, present.record.role != .serving {
            try GenerationFile.setRole(.serving, of: present.number, in: self)
        }
    }
}
