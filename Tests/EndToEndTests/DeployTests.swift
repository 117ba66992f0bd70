import Foundation
import TestSupport
import Testing

/// The scripts in `deploy`. None of it needs a broker.
@Suite struct `The scripts of deployment` {
    private func script(_ name: String) -> String { repository.appending(path: "deploy/\(name)").path }

    @Test(arguments: ["stop", "kill"])
    func `signal nobody whose number stands in a pid file that was left behind`(command: String) async throws {
        try await withTemporaryFolder { folder in
            let other = try ChildProcess("sleep", ["600"], log: folder.appending(path: "log"))
            let node = folder.appending(path: "node")
            try FileManager.default.createDirectory(at: node, withIntermediateDirectories: true)
            let ports = "amqp=1\ntls=2\ndist=3\nepmd=4\nnode=daybook-1@localhost\n"
            try Data(ports.utf8).write(to: node.appending(path: "ports"))
            try Data("\(other.id)\n".utf8).write(to: node.appending(path: "pid"))
            try await shell(script("broker"), [command, node.path])
            #expect(!FileManager.default.fileExists(atPath: node.appending(path: "pid").path))
            // Had it been ended, it would be a zombie, as nobody has waited for it yet.
            let fields = try String(contentsOfFile: "/proc/\(other.id)/stat", encoding: .utf8).split(separator: " ")
            #expect(fields[2] == "S")
            other.send(SIGKILL)
            await other.wait()
        }
    }

    @Test(arguments: [
        ("test", ["--lnog"]), ("test", ["--long", "more"]), ("demo", ["--chek"]), ("demo", ["--check", "more"]),
        ("bench", ["--quik"]), ("broker", ["stop"]), ("broker", ["stpo", "nowhere"]), ("broker", ["stop", "a", "b"]),
    ])
    func `refuse what they do not know`(name: String, arguments: [String]) async throws {
        try await shell(script(name), arguments, expecting: 64)
        #expect(!FileManager.default.fileExists(atPath: "nowhere"))
    }
}
