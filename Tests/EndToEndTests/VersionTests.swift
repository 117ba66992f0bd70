import Foundation
import TestSupport
import Testing

/// None of it needs a broker.
@Suite struct `The version` {
    @Test(arguments: ["daybook", "users-writer", "users-worker", "user-statistics-worker", "daybook-bench"])
    func `of every program is the commit that it was built from`(program: String) async throws {
        let describe = ["-C", repository.path, "describe", "--always", "--abbrev=12", "--exclude", "*"]
        let commit = try await shell("git", describe).trimmingCharacters(in: .whitespacesAndNewlines)
        let version = try await shell(Deployment.program(program), ["--version"])
        #expect(version == "\(program) (Daybook \(commit))\n" || version == "\(program) (Daybook \(commit)-dirty)\n")
    }
}
