public import Daybook
import Foundation

/// The place where the generations of a read model are: `g000001.sqlite`, `g000002.sqlite` and so on, and the link
/// `current.sqlite` to the one that serves. Whoever wants to read opens the link.
public struct ReadModelFolder: Sendable {
    public let path: String

    /// Uses the folder, or makes it.
    ///
    /// - Throws: ``StoreError`` when it cannot be made.
    public init(_ path: String) throws {
        self.path = path
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw StoreError("cannot make the folder \(path): \(error)")
        }
    }

    /// The file of a generation.
    public func file(_ number: Int) -> String { "\(path)/\(Self.name(number))" }

    private var link: String { "\(path)/current.sqlite" }

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return "g" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".sqlite"
    }

    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix("g"), name.hasSuffix(".sqlite"), let number = Int(name.dropFirst().dropLast(7)) else {
            return nil
        }
        return number
    }

    /// The generations that there are, oldest first.
    public var numbers: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap(Self.number).sorted()
    }

    /// A number that no generation has had, not even one that is gone: readers tell them apart by it.
    ///
    /// - Throws: ``StoreError`` when it cannot be noted.
    func takeNumber() throws -> Int {
        let file = "\(path)/last-generation"
        let noted = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { Int($0) } ?? 0
        let last = max(noted, numbers.last ?? 0)
        guard last < .max else { throw StoreError("no generation can have a number after \(last) in \(path)") }
        let number = last + 1
        try OwnFile.replace(file, with: String(number))
        return number
    }

    /// The generation that serves; `nil` before the first one is built.
    public var serving: Int? {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
        guard let number = target.flatMap(Self.number), FileManager.default.fileExists(atPath: file(number)) else {
            return nil
        }
        return number
    }

    /// Lets another generation serve, in one step, so that the link always leads somewhere.
    ///
    /// - Throws: ``StoreError``.
    func serve(_ number: Int) throws {
        let fresh = link + ".new"
        unlink(fresh)
        guard symlink(Self.name(number), fresh) == 0, rename(fresh, link) == 0 else {
            throw StoreError("cannot make the link \(link): \(String(cString: strerror(errno)))")
        }
        try Folder.flush(path)
    }

    /// The right to change which generation serves, and to remove some.
    ///
    /// - Throws: ``PromotionUnderWay`` while another one has it, ``StoreError`` when it cannot be had for another reason.
    public func claimPromotion(as holder: String) throws -> GenerationLock {
        guard let lock = try FileLock.ifFree(besides: "\(path)/promotion", as: holder) else {
            throw PromotionUnderWay()
        }
        return GenerationLock(lock)
    }

    /// The right to make the next generation; `nil` while somebody else has it.
    ///
    /// - Throws: ``StoreError`` when it cannot be had for another reason.
    public func claimNext() throws -> GenerationLock? {
        try FileLock.ifFree(besides: "\(path)/next", as: "a worker").map { GenerationLock($0) }
    }

    /// Lets no generation serve, and fences off whoever posts to the one that did. For who has claimed the promotion.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when the file that serves cannot be changed.
    public func serveNothing() throws {
        if let present = serving { try GenerationFile.setRole(.previous, of: present, in: self) }
        try Self.remove(link)
        try Folder.flush(path)
    }

    /// The right to build something here that is thrown away, in a folder of this name; `nil` while somebody else has
    /// it.
    ///
    /// - Throws: ``StoreError`` when it cannot be had for another reason.
    public func lockScratch(_ name: String) throws -> GenerationLock? {
        try FileLock.ifFree(besides: "\(path)/\(name)", as: "a worker").map { GenerationLock($0) }
    }

    /// Removes a generation's files.
    ///
    /// - Throws: ``StoreError`` naming the first that cannot be removed, or when they are gone, and might come back after
    ///   a power failure.
    public func remove(_ number: Int) throws {
        for suffix in ["", "-wal", "-shm", ".mark", ".feed.lock"] { try Self.remove(file(number) + suffix) }
        try Folder.flush(path)
    }

    private static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StoreError("cannot remove \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Keeps others from feeding a generation; `nil` when one of them does.
    ///
    /// - Throws: ``StoreError`` when it cannot be had for another reason.
    public func claim(_ number: Int) throws -> GenerationLock? {
        try FileLock.ifFree(besides: "\(file(number)).feed", as: "a worker").map { GenerationLock($0) }
    }

    /// `true` when an operator has paused the projection.
    public var pause: PauseFile { PauseFile("\(path)/paused") }
}
