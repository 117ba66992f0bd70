import ArgumentParser
import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation

/// `daybook verify`
struct VerifyCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Proves that a store is as it was written.",
        discussion: """
            Opens the store's file and only reads, also while its writer runs: the chain over all events, the density of \
            positions, versions and offsets, and the integration log against the events. It prints the head. Note it \
            somewhere else: --through proves that the history still goes through it, so that nothing before was written \
            anew and no tail was cut; --from does not read what is before it again, only what came since. --signed \
            requires a head that `\(Tool.name) head sign` has signed, instead of one that was noted.

            --read-model compares a read model with a replay of the log up to exactly the checkpoints in it. Streams \
            with parked events are left out and named. Where personal data are encrypted it needs --keys; nothing else \
            here does.
            """)

    @Argument(help: ArgumentHelp("The store's file.", valueName: "store"), completion: .file())
    var store: String

    @Option(help: ArgumentHelp("Begin after a head that was printed earlier.", valueName: "position:hash"))
    var from: String?

    @Option(help: ArgumentHelp("Require a head that was printed earlier.", valueName: "position:hash"))
    var through: String?

    @Option(
        help: ArgumentHelp("Require the head in this file, which is signed.", valueName: "file"), completion: .file())
    var signed: String?

    @Option(help: ArgumentHelp("The key that it must be signed with.", valueName: "key"))
    var publicKey: String?

    @Option(
        help: ArgumentHelp(
            "Compare this read model, a folder or a generation's file; may be given more than once.", valueName: "path"),
        completion: .file())
    var readModel: [String] = []

    @Option(
        help: ArgumentHelp("The key file, where personal data are encrypted.", valueName: "file"), completion: .file())
    var keys: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (signed == nil) == (publicKey == nil) else {
            throw ValidationError("--signed and --public-key go together.")
        }
        guard signed == nil || through == nil else { throw ValidationError("Give --through or --signed, not both.") }
    }

    func work() async throws {
        let (noted, known) = (try from.map(Self.head), try through.map(Self.head))
        try requireFile(store)
        if let keys { try requireFile(keys) }
        let verification = StoreVerification(path: store)
        let signed = try signedHead()
        let required = known ?? signed
        if let noted, let required, required.position <= noted.position {
            throw ValidationError("What comes after --from proves nothing of a head before it.")
        }
        let head = try verification.run(from: noted, through: required) { position, last in
            let start = noted?.position ?? .zero
            try showProgress(position - start, of: last - start)
        }
        if !global.json { try Terminal.print("whole, head \(head)") }
        let findings = try await compareReadModels()
        let isWhole = findings.allSatisfy(\.isReplay)
        if global.json {
            var report: [String: JSONData] = ["head": "\(head)", "isWhole": .boolean(isWhole)]
            if !findings.isEmpty { report["readModels"] = try JSONData(encoding: findings) }
            try Terminal.print(JSONData.object(report).line)
        }
        if !isWhole { throw complaint("a read model has not what a replay gives", .damaged) }
    }

    /// Reads a head as it is printed.
    static func head(_ text: String) throws -> NotedHead {
        guard let head = NotedHead(text) else {
            throw ValidationError("a head is written as verify prints it, such as 1234:9f86d0…")
        }
        return head
    }

    /// The head that is signed, once its signature is checked.
    private func signedHead() throws -> NotedHead? {
        guard let signed, let publicKey else { return nil }
        guard let key = SignedHead.PublicKey(publicKey) else {
            throw ValidationError("--public-key takes a key as it is printed.")
        }
        try requireFile(signed)
        let bytes = Array(try Data(contentsOf: URL(filePath: signed)))
        guard let head = try? JSON.decode(SignedHead.self, from: bytes) else {
            throw complaint("there is no signed head in \(signed)", .failure)
        }
        guard key.hasSigned(head) else { throw complaint("\(signed) is not signed with that key", .damaged) }
        let epoch = try StoreVerification(path: store).epoch()
        if head.epoch != epoch {
            Terminal.complain("signed as epoch \(head.epoch), which is \(epoch) now: restored or imported since")
        }
        return NotedHead(position: head.position, hash: head.hash)
    }

    private func compareReadModels() async throws -> [ReadModelFindings] {
        var all: [ReadModelFindings] = []
        for path in readModel {
            try requireFile(path)
            let findings = try await ReadModelVerification(path, of: store, keys: keys)
                .run(with: Domain.current.projections) { try showProgress($0, of: $1, path) }
            if !global.json { try show(findings) }
            all.append(findings)
        }
        return all
    }

    private func show(_ findings: ReadModelFindings) throws {
        let result = findings.isReplay ? "has what a replay gives" : "has not what a replay gives"
        try Terminal.print("\(findings.projection): \(result), \(findings.events) events")
        for problem in findings.problems { try Terminal.print("  \(printable(problem))") }
        for difference in findings.differences { try TableDifferenceReport(difference).print() }
        if !findings.leftOut.isEmpty {
            let names = findings.leftOut.map { printable($0) }.joined(separator: ", ")
            try Terminal.print("  left out, as they are parked or skipped: \(names)")
        }
    }
}
