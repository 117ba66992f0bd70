import Foundation
import Logging
import TestSupport
import Testing

@testable import DaybookService

@Suite struct `What systemd is told` {
    @Test func `asks for time until the daemon has started`() async throws {
        try await withTemporaryFolder { folder in
            let ears = try NotifySocket(folder.appending(path: "notify").path)
            let notifier = try #require(
                SystemdNotifier(environment: ["NOTIFY_SOCKET": ears.path], logger: Logger(label: "test")))
            let start = notifier.extendStart(every: .milliseconds(10))
            for _ in 0..<3 { #expect(ears.next() == "EXTEND_TIMEOUT_USEC=60000000") }
            start.cancel()
        }
    }
}
