import DaybookService
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

    @Test(arguments: ["stop", "kill"])
    func `clean up after a node that ends before the signal reaches it`(command: String) async throws {
        try await withTemporaryFolder { folder in
            let node = folder.appending(path: "node")
            try FileManager.default.createDirectory(at: node, withIntermediateDirectories: true)
            let pid = node.appending(path: "pid")
            let real = node.resolvingSymlinksInPath().appending(path: "pid").path
            let process = try ChildProcess(
                "sleep", ["600"], environment: ["RABBITMQ_PID_FILE": real], log: folder.appending(path: "log"))
            try Data("amqp=1\ntls=2\ndist=3\nepmd=4\nnode=daybook-1@localhost\n".utf8)
                .write(to: node.appending(path: "ports"))
            try Data("\(process.id)\n".utf8).write(to: pid)
            // As if it had ended in between: the signal does its work, and there was nobody.
            let late = ["BASH_FUNC_kill%%": #"() { builtin kill "$@"; return 1; }"#]
            try await shell(script("broker"), [command, node.path], environment: late)
            #expect(!FileManager.default.fileExists(atPath: pid.path))
            #expect(await process.wait() > 128)
        }
    }

    /// The clean-up of the demo, with a daemon that does not end by itself, and a broker that tells that it is stopped.
    private func cleanUp(_ folder: URL, broker: String, before: String, expecting status: Int32) async throws {
        let deploy = folder.appending(path: "deploy")
        try FileManager.default.createDirectory(at: deploy, withIntermediateDirectories: true)
        let stub = deploy.appending(path: "broker")
        try Data("#!/usr/bin/env bash\n\(broker)\ntouch stopped\n".utf8).write(to: stub)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: stub.path)
        let harness = #"""
            set -euo pipefail
            cd "$2"
            dir=$PWD/files
            mkdir "$dir"
            trap '' TERM
            sleep 600 &
            pids=($!)
            eval "$(sed -n '/^finish() {$/,/^trap .exit 130/p' "$1")"
            # One look at the daemons is enough here.
            seq() { echo 1; }
            eval "$3"
            exit 0
            """#
        let call = ["-c", harness, "bash", script("demo"), folder.path, before]
        try await shell("bash", call, expecting: status)
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "stopped").path))
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "files").path))
    }

    @Test func `clean up after a daemon that ends before the signal reaches it`() async throws {
        try await withTemporaryFolder { folder in
            let late = #"xargs() { command xargs "$@"; return 123; }"#
            try await cleanUp(folder, broker: "", before: late, expecting: 0)
        }
    }

    @Test(arguments: ["INT", "TERM", "HUP"])
    func `clean up to the end when they are interrupted twice`(signal: String) async throws {
        try await withTemporaryFolder { folder in
            // A terminal sends it to the script and to what the script has started.
            let again = #"kill -\#(signal) "$PPID" $$"#
            try await cleanUp(folder, broker: again, before: #"kill -\#(signal) $$"#, expecting: 130)
        }
    }

    @Test(arguments: [0, 3]) func `show what a build has printed only when it fails`(status: Int32) async throws {
        try await withTemporaryFolder { folder in
            for name in ["deploy", "bin"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let build = folder.appending(path: "deploy/build")
            try FileManager.default.copyItem(atPath: script("build"), toPath: build.path)
            let compiler = folder.appending(path: "bin/swift")
            let printed = "[1/2] Compiling A a.swift\na.swift:1: remark\n"
            try Data("#!/bin/sh\nprintf '\(printed)'\nexit \(status)\n".utf8).write(to: compiler)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: compiler.path)
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            let output = try await shell(
                build.path, ["--product", "a"], environment: ["PATH": "\(folder.path)/bin:\(path)"], expecting: status)
            let lines = output.split(separator: "\n")
            #expect(lines.first == "building (swift build --product a)")
            #expect(status != 0 || lines.count == 1)
            #expect(status == 0 || (lines.count == 3 && lines[1] == "a.swift:1: remark"))
            let log = folder.appending(path: ".build/daybook-build.log")
            #expect(try String(contentsOf: log, encoding: .utf8) == printed)
        }
    }

    /// Nothing but the name of a process that nobody has waited for is left of it.
    private func isOver(_ id: Substring) -> Bool {
        ((try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? "").isEmpty
    }

    @Test(.timeLimit(.minutes(2)))
    func `show what hangs, and end it with all that it has started`() async throws {
        // What cut has not been made to print at once is lost when it is ended.
        let hanging = "{ echo first; setsid sleep 600 & echo $!; wait; } | cut -c 1-"
        let output = try await shell(script("watched"), ["2", "60", "bash", "-c", hanging], expecting: 124)
        let lines = output.split(separator: "\n")
        try #require(lines.count > 5 && lines[0] == "first", "\(output)")
        #expect(lines[2].hasPrefix("--- nothing new for 2 s"))
        #expect(lines.contains { $0.hasSuffix(" \(lines[1]) sleep 600 ") }, "\(output)")
        #expect(lines.contains { $0.contains("| \(lines[1]) sleep ") }, "\(output)")
        #expect(Array(lines.suffix(3)) == ["--- its last lines:", "first", lines[1]])
        #expect(isOver(lines[1]))
    }

    @Test(.timeLimit(.minutes(2))) func `end what goes on talking for too long`() async throws {
        let talking = "while true; do echo more; sleep 0.1; done"
        let output = try await shell(script("watched"), ["60", "2", "bash", "-c", talking], expecting: 124)
        #expect(output.hasPrefix("more\nmore\n") && output.contains("not over after 2 s"))
    }

    @Test(.timeLimit(.minutes(2)))
    func `say how what they watch has ended, and leave nothing of it behind`() async throws {
        let leaving = "sleep 600 >/dev/null 2>&1 & echo $!; exit 7"
        let output = try await shell(script("watched"), ["60", "60", "bash", "-c", leaving], expecting: 7)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 1 && isOver(lines[0]))
    }

    @Test(arguments: [
        ("test", ["--lnog"]), ("test", ["--long", "more"]), ("demo", ["--chek"]), ("demo", ["--check", "more"]),
        ("bench", ["--quik"]), ("watched", ["60", "60"]), ("broker", ["stop"]), ("broker", ["stpo", "nowhere"]),
        ("broker", ["stop", "a", "b"]),
    ])
    func `refuse what they do not know`(name: String, arguments: [String]) async throws {
        try await shell(script(name), arguments, expecting: 64)
        #expect(!FileManager.default.fileExists(atPath: "nowhere"))
    }
}
