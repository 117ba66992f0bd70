import Glibc

/// The descriptors that this process may have open at a time.
enum DescriptorLimit {
    /// Descriptors that are kept from clients, for files and the broker. Without a free one, neither of them comes back
    /// once it is lost, and the runtime ends the process: it looks after its threads in /proc.
    private static let reserve = 64
    /// The least number of clients, however low the limit is.
    private static let fewest = 8

    /// The number of clients that may be connected; further ones wait to be accepted.
    static var connections: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return max(fewest, Int(clamping: limit.rlim_cur) - reserve)
    }
}
