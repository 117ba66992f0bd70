import ArgumentParser
import Daybook
import DaybookSQLite
import Foundation

/// `daybook head`
struct HeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Signs the head of a store, for those who do not trust its machine.",
        subcommands: [HeadSignCommand.self, HeadKeysCommand.self])
}

/// `daybook head sign`
struct HeadSignCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Verifies a store and prints its head, signed, as JSON.",
        discussion: """
            Give what it prints to whoever shall be able to check the store: with `\(Tool.name) verify --signed` and \
            the public key they prove that a copy of it has the same history.
            """)

    @Argument(help: ArgumentHelp("The store's file.", valueName: "store"), completion: .file())
    var store: String

    @Option(
        help: ArgumentHelp("The file that `\(Tool.name) head keys` has made.", valueName: "file"), completion: .file())
    var key: String

    @Option(
        help: ArgumentHelp("Verify only what came after a head that was printed earlier.", valueName: "position:hash"))
    var from: String?

    @OptionGroup var global: GlobalOptions

    func work() async throws {
        let noted = try from.map(VerifyCommand.head)
        try requireFile(store)
        try requireFile(key)
        let secret = try String(contentsOfFile: key, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let signing = SignedHead.PrivateKey(secret: secret) else {
            throw complaint("there is no key in \(key)", .failure)
        }
        let verification = StoreVerification(path: store)
        let head = try verification.run(from: noted)
        let signed = try signing.sign(epoch: verification.epoch(), position: head.position, hash: head.hash)
        try Terminal.print(JSONData(encoding: signed).line)
    }
}

/// `daybook head keys`
struct HeadKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes a pair of keys: the private one in a file, the public one is printed.",
        discussion: "Only its owner can read the file. Keep it where whoever could change the store cannot.")

    @Argument(help: ArgumentHelp("The file to make for the private key.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let key = SignedHead.PrivateKey()
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data("\(key.secret)\n".utf8))
            try handle.synchronize()
        } catch {
            unlink(file)
            throw failure("\(error)")
        }
        let report: JSONData = ["publicKey": "\(key.publicKey)"]
        do {
            try Terminal.print(global.json ? report.line : "\(key.publicKey)")
        } catch let error as OutputError {
            // A private key is of no use to anybody when its public one was never seen, not even by a reader that is gone.
            unlink(file)
            Terminal.complain(error.description)
            throw ExitCode(ExitStatus.failure.rawValue)
        }
    }

    private func failure(_ reason: String) -> ExitCode {
        Terminal.complain("cannot make \(printable(file)): \(printable(reason))")
        return ExitCode(ExitStatus.failure.rawValue)
    }
}
