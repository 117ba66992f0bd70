/// A reaction that has taken too long.
package struct ReactionTimeout: Error, CustomStringConvertible {
    package let description: String

    init(_ timeout: Duration) { description = "it was not done within \(timeout)" }
}

/// Runs `body`, and cancels it when it takes too long. One that comes to its end all the same has been in time.
///
/// - Throws: What `body` throws, ``ReactionTimeout`` when it was cancelled for the time it took.
package func withTimeout(_ timeout: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
    enum Event { case done, timeout, cancelled }
    try await withThrowingTaskGroup(of: Event.self) { tasks in
        tasks.addTask {
            try await body()
            return .done
        }
        tasks.addTask { (try? await Task.sleep(for: timeout)) == nil ? .cancelled : .timeout }
        var isLate = false
        do {
            while let event = try await tasks.next(), event != .done {
                guard event == .timeout else { continue }
                isLate = true
                tasks.cancelAll()
            }
        } catch {
            throw isLate ? ReactionTimeout(timeout) : error
        }
        tasks.cancelAll()
    }
}
