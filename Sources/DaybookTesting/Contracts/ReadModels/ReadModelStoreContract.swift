public import Daybook

/// The contract of every store of a read model, as one suite: run it against a kind of your own.
///
/// You write the projection `contract` for it, in the versions 1 and 2, which takes ``ContractEvent``s. It has one
/// table `notes` with the columns `id`, which is the key, and `text`; each note is a row under the id of its stream.
/// Whoever is forgotten has no row. The query `notes/{id}` answers with `{"text":…}`.
///
/// - Parameter makeReadModel: Makes a read model without generations. What it returns opens that read model for a
///   worker with the code that is asked for, as often as it is asked.
/// - Throws: ``Mismatch`` for the first promise that is not kept.
public func verifyReadModelStoreContract(
    _ makeReadModel: () throws -> (@Sendable (ContractCode) throws -> any ReadModelStore)
) async throws {
    try await GenerationCatalogueContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await GenerationLockingContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await GenerationPostingContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await GenerationParkingContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await GenerationSwitchingContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await ServingRowsContract.verify { ContractReadModel(open: try makeReadModel()) }
    try await ScratchGenerationContract.verify { ContractReadModel(open: try makeReadModel()) }
}

/// The events of the projection that a contract is verified with.
public enum ContractEvent: IntegrationEvent {
    /// Puts a text in the place of the stream's one.
    case noted(text: String)
    case forgotten

    public static let namespace = "contract"

    /// The text that faulty code cannot post.
    public static let poison = "poison"
}

/// The code of the projection that a contract is verified with, as a worker has it.
public struct ContractCode: Sendable, Hashable {
    /// 1 or 2. The rows are the same.
    public let version: Int
    /// `true` when the projection throws ``ContractFault`` at a note of ``ContractEvent/poison``.
    public let isFaulty: Bool
}

/// The error that faulty code throws.
public struct ContractFault: Error, Sendable, CustomStringConvertible {
    public let description = "the code is faulty"

    public init() {}
}

/// The log of which a contract is verified.
typealias ContractLog = TestLog<ContractEvent>

/// A read model for a rule, which has no generations yet.
struct ContractReadModel: Sendable {
    let open: @Sendable (ContractCode) throws -> any ReadModelStore

    /// Opens the read model as one more worker.
    func opened(version: Int = 1, isFaulty: Bool = false) throws -> any ReadModelStore {
        try open(ContractCode(version: version, isFaulty: isFaulty))
    }

    /// Makes the next generation, and posts a log to it.
    func build(
        _ log: ContractLog, in store: any ReadModelStore, skipping skipped: [SkippedEvent] = []
    ) async throws -> any Generation {
        try store.create(GenerationRecord(role: .building), skipping: skipped)
        let generation = try store.open(store.numbers.last ?? 0)
        try await generation.apply(log)
        return generation
    }
}

extension ReadModelStore {
    /// Makes a generation the one that serves, as it is.
    func serve(_ number: Int) async throws { try await promote(number) { _ in } }

    /// The rows of a generation as JSON, whatever their tables.
    func lines(of number: Int) async throws -> [String] { try await rows(of: number).lines() }
}

extension TableRows {
    /// The rows as JSON, whatever their tables.
    func lines() async throws -> [String] {
        var lines: [String] = []
        for table in try await tables() {
            try await withPages(of: table) { page in lines += page.map { String(decoding: $0, as: UTF8.self) } }
        }
        return lines
    }
}

extension ReadModel {
    /// Posts what a log has behind the checkpoints. What cannot be posted is parked at once.
    ///
    /// - Parameter parked: Events that are parked without being tried, and why.
    func apply(_ log: ContractLog, parking parked: [LogPlace: String] = [:]) async throws {
        let own = try await checkpoints()
        for (index, entries) in log.ledger.log.enumerated() {
            let lane = Lane(source: ContractLog.source, partition: Partition(index))
            let rest = entries.filter { $0.offset > (own[lane]?.offset ?? .zero) }
            if rest.isEmpty { continue }
            var reasons: [Offset: String] = [:]
            for (place, reason) in parked where place.partition == lane.partition { reasons[place.offset] = reason }
            _ = try await replay(rest, of: lane, log.ledger.epoch, after: own[lane], parking: reasons)
        }
    }
}

extension ContractLog {
    /// A log of notes, each under the id of its stream.
    static func notes(_ notes: (id: String, text: String)...) throws -> ContractLog {
        var log = ContractLog()
        for (id, text) in notes { try log.add(.noted(text: text), to: StreamName("note-\(id)")) }
        return log
    }
}
