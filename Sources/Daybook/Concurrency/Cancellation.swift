public import ServiceLifecycle

extension Service {
    /// Runs `body` until a graceful shutdown or a cancellation ends it, which is no failure.
    public func untilCancelled(_ body: @Sendable @escaping () async throws -> Void) async throws {
        do {
            try await cancelWhenGracefulShutdown(body)
        } catch is CancellationError {}
    }
}
