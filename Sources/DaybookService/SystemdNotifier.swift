import Daybook
import Foundation
import Logging
import ServiceLifecycle

/// Tells systemd that the daemon runs, and goes on telling it as often as its watchdog wants to hear it: one that is
/// frozen is ended, and the locks that it holds with it. Does nothing where nobody asks.
struct SystemdNotifier: Service {
    private let socket: String
    private let interval: Duration?
    private let logger: Logger

    /// - Parameter environment: `NOTIFY_SOCKET` says where, `WATCHDOG_USEC` how often. `nil` without the first.
    init?(environment: [String: String], logger: Logger) {
        guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        self.socket = socket
        // Twice as often as it must be.
        interval = environment["WATCHDOG_USEC"].flatMap { Int($0) }.map { .microseconds($0 / 2) }
        self.logger = logger
    }

    /// Asks for time as long as the daemon starts: to bring a large store up to date may take longer than any limit.
    ///
    /// - Returns: What asks until it is cancelled.
    func extendStart(every interval: DispatchTimeInterval = .seconds(20)) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { send("EXTEND_TIMEOUT_USEC=60000000") }
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.resume()
        return timer
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            self.send("READY=1")
            if let interval = self.interval {
                for await _ in Ticker(every: interval, startsAtOnce: true) { self.send("WATCHDOG=1") }
            }
            try await Task.sleep(for: .seconds(Int64.max / 2))
        }
        send("STOPPING=1")
    }

    private func send(_ message: String) {
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socket.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: path)
            // An abstract name is written with @ and begins with a zero.
            if path.first == UInt8(ascii: "@") { bytes[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, message, message.utf8.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
        if sent < 0 {
            logger.warning("systemd cannot be told", metadata: ["message": "\(message)", "error": "\(errno)"])
        }
    }
}
