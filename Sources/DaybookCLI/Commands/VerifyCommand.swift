import ArgumentParser
import Daybook
import DaybookSQLite
import Foundation

/// `daybook verify`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Proves that a store is as it was written.",
        discussion: """
            Opens the store's file and only reads, also while its writer runs: the chain over all events, the density of \
            positions, versions and offsets, and the integration log against the events. It prints the head. Note it \
            somewhere else: --through proves that the history still goes through it, so that nothing before was written \
            anew and no tail was cut; --from does not read what is before it again, only what came since.
            """)

    @Argument(help: ArgumentHelp("The store's file.", valueName: "store"), completion: .file())
    var store: String

    @Option(help: ArgumentHelp("Begin after a head that was printed earlier.", valueName: "position:hash"))
    var from: String?

    @Option(help: ArgumentHelp("Require a head that was printed earlier.", valueName: "position:hash"))
    var through: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (noted, known) = (try from.map(head), try through.map(head))
        guard FileManager.default.fileExists(atPath: store) else {
            Terminal.complain("there is no \(printable(store))")
            throw ExitCode(ExitStatus.notFound.rawValue)
        }
        do {
            let head = try StoreVerification(path: store).run(from: noted, through: known) { position, last in
                let start = noted?.position.rawValue ?? 0
                let (done, total) = (position.rawValue - start, max(1, last.rawValue - start))
                if !global.json {
                    let part = bar(Double(done) / Double(total))
                    try Terminal.overwrite(
                        "\(part)  \(done) of \(last.rawValue - start) events", isLast: position == last)
                }
            }
            try Terminal.print(global.json ? #"{"head":"\#(head)","isWhole":true}"# : "whole, head \(head)")
        } catch is OutputClosed {
            return
        } catch let damage as StoreDamage {
            if global.json {
                let report = JSON.object([
                    "isWhole": .boolean(false), "position": .integer(Int(damage.position.rawValue)),
                    "reason": .string(damage.reason),
                ])
                try Terminal.print(report.text())
            }
            Terminal.complain(printable(damage.description))
            throw ExitCode(ExitStatus.damaged.rawValue)
        } catch {
            Terminal.complain(printable("\(store): \(error)"))
            throw ExitCode(ExitStatus.failure.rawValue)
        }
    }

    private func head(_ text: String) throws -> NotedHead {
        guard let head = NotedHead(text) else {
            throw ValidationError("a head is written as verify prints it, such as 1234:9f86d0…")
        }
        return head
    }
}
