import Daybook
import DaybookSQLite
import DaybookWorker
import DaybookWriter
import Foundation
import Testing
import UserViews

@testable import DaybookService

@Suite struct `The shipped configuration` {
    struct Daemon: Sendable, CustomTestStringConvertible {
        let name: String
        let settings: [Setting]
        let active: Set<String>

        var testDescription: String { name }

        var path: String {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "config/\(name).yaml").path
        }

        /// The file with every commented setting in force.
        var uncommented: String {
            get throws {
                try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
                    line.replacing(/^( *)# ([a-z-]+:( .*)?)$/) { "\($0.1)\($0.2)" }
                }.joined(separator: "\n")
            }
        }
    }

    /// What this worker has of its own.
    private static let outbox = Setting("outbox.path", .string, default: "", purpose: "folder for messages")

    /// What has no default, since a domain need not have it, and is set where the reference domain is.
    private static let chosen = ["keys.path": "users-keys.sqlite"]

    static let daemons = [
        Daemon(
            name: "users-writer", settings: WriterDaemon.settings(name: "users-writer", store: .sqlite),
            active: ["source", "store.path", "keys.path", "http.port", "broker.url"]),
        Daemon(
            name: "users-worker",
            settings: WorkerDaemon.settings(projection: .sqlite(UsersProjection()), httpPort: 8081) + [outbox],
            active: ["sources", "read-model.path", "http.port", "broker.url"]),
        Daemon(
            name: "user-statistics-worker",
            settings: WorkerDaemon.settings(projection: .sqlite(UserStatisticsProjection()), httpPort: 8082),
            active: ["sources", "read-model.path", "http.port", "broker.url"]),
    ]

    @Test(arguments: daemons)
    func `can be used as it is`(daemon: Daemon) throws {
        let settings = try Settings.load(
            daemon.settings, arguments: ["--config", daemon.path], environment: [:], program: daemon.name)
        for setting in daemon.settings {
            let expected = Self.chosen[setting.key] ?? setting.defaultValue ?? "users-writer"
            #expect(try settings.string(setting.key) == expected, "\(setting.key)")
        }
    }

    @Test(arguments: daemons)
    func `sets only what an operator sets first`(daemon: Daemon) {
        let layer = SettingLayer.file(daemon.path, SettingCatalogue(daemon.settings))
        #expect(layer.problems == [])
        #expect(Set(layer.given.map(\.key)) == daemon.active)
    }

    @Test(arguments: daemons)
    func `mentions every setting that is no secret, with its default`(daemon: Daemon) throws {
        let layer = SettingLayer.yaml(try daemon.uncommented, path: daemon.path, SettingCatalogue(daemon.settings))
        #expect(layer.problems == [])
        let declared = daemon.settings.filter { !$0.isSecret }
        #expect(Set(layer.given.map(\.key)) == Set(declared.map(\.key)))
        for setting in declared where setting.defaultValue != nil {
            let expected = Self.chosen[setting.key] ?? setting.defaultValue
            #expect(layer.given.first { $0.key == setting.key }?.text == expected, "\(setting.key)")
        }
    }

    @Test(arguments: daemons)
    func `takes no offence at the variables of the other programs`(daemon: Daemon) throws {
        let own = daemon.settings.map(\.environmentName)
        #expect(Set(own).subtracting([Self.outbox.environmentName]).isSubset(of: FamilyVariables.names))
        let others = FamilyVariables.names.subtracting(own).map { ($0, "http://127.0.0.1:1") }
        let environment = Dictionary(uniqueKeysWithValues: others)
        let settings = try Settings.load(
            daemon.settings, arguments: ["--config", daemon.path], environment: environment, program: daemon.name)
        #expect(try settings.string("http.host") == "127.0.0.1")
        let mistaken = ["DAYBOOK_WRITER_ULR": "http://127.0.0.1:1"]
        #expect(throws: ConfigurationError.self) {
            try Settings.load(
                daemon.settings, arguments: ["--config", daemon.path], environment: mistaken, program: daemon.name)
        }
    }

    @Test func `knows no variables that no program has`() {
        let tool = ["WORKERS", "WORKER_TOKEN_FILE", "WRITER_TOKEN_FILE", "WRITER_URL"].map { "DAYBOOK_\($0)" }
        let all = Self.daemons.flatMap { $0.settings.map(\.environmentName) } + tool
        #expect(FamilyVariables.names.subtracting(all) == [])
    }
}
