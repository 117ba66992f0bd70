import Testing

@testable import RabbitMQ

@Suite struct `A connection's thread` {
    @Test func `is refused where the system has no descriptor for it`() {
        let error = #expect(throws: RabbitMQError.self) { try ConnectionThread.start(wakeup: -1) }
        #expect(error?.code == .connectFailed)
    }
}
