/// The right to make a generation, to feed one that does not serve, to change which one does, or to react. Ends with the
/// object, and with the process.
public final class FeedClaim: Sendable {
    private let lock: FileLock

    init(_ lock: FileLock) { self.lock = lock }
}
