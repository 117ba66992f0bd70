import Foundation
import Testing

@testable import RabbitMQ

@Suite struct `A connection's thread` {
    @Test func `is refused where the system has no descriptor for it`() {
        let error = #expect(throws: RabbitMQError.self) { try ConnectionThread.start(wakeup: -1) }
        #expect(error?.code == .connectFailed)
    }

    /// In a process of its own, which has less memory left than the thread's stack needs.
    @Test func `is refused where the system has no room for it, and the process goes on`() async {
        await #expect(processExitsWith: .success) {
            let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).prefix { $0 != " " }
            let size = try #require(UInt(pages)) * UInt(sysconf(Int32(_SC_PAGESIZE)))
            var limit = rlimit(rlim_cur: size + (32 << 20), rlim_max: .max)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
            let error = #expect(throws: RabbitMQError.self) { try ConnectionThread.start() }
            #expect(error?.code == .connectFailed)
        }
    }
}
