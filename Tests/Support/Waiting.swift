public import Foundation

/// Asks until the answer is yes.
///
/// - Throws: When it was not within `limit`, with `what` in the message; and whatever `condition` throws at the end.
public func eventually(
    _ what: String, within limit: Duration = .seconds(20), every pause: Duration = .milliseconds(50),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
        do {
            if try await condition() { return }
        } catch {
            guard ContinuousClock.now < deadline else { throw error }
        }
        guard ContinuousClock.now < deadline else { throw SupportError("not within \(limit): \(what)") }
        try await Task.sleep(for: pause)
    }
}

/// A folder that is removed after use.
public func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-test-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
