import CRabbitMQ
import Glibc
import Synchronization

/// The one thread that may touch a librabbitmq connection, as the executor of the actor that owns it.
///
/// The thread runs the actor's jobs, then lets the actor pump its socket, then sleeps until the socket has something,
/// a job comes or the pump asked to be called again. It lives until ``stop()``.
final class ConnectionThread: SerialExecutor, Sendable {
    /// The events to wait for after a pump.
    struct Interest {
        /// The socket, or −1 when there is none.
        var descriptor: Int32 = -1
        /// Milliseconds until the next pump at the latest; −1 for ever.
        var timeout: Int32 = -1
    }

    typealias Pump = @Sendable () -> Interest

    private struct State: Sendable {
        var jobs: [UnownedJob] = []
        var isAwake = true
        var isStopped = false
        var pump: Pump?
        var thread: pthread_t?
    }

    private let state = Mutex(State())
    /// The descriptor that ends the thread's sleep.
    private let wakeup: Int32

    /// Starts a thread. It owns the descriptor, which is an eventfd.
    ///
    /// - Throws: ``RabbitMQError`` with `connectFailed` when the system has no descriptor or no thread left.
    static func start(wakeup: Int32 = crabbitmq_eventfd()) throws -> ConnectionThread {
        guard wakeup >= 0 else { throw lacking("descriptor", errno) }
        let thread = ConnectionThread(wakeup: wakeup)
        try thread.begin()
        return thread
    }

    private init(wakeup: Int32) { self.wakeup = wakeup }

    private static func lacking(_ what: String, _ error: Int32) -> RabbitMQError {
        RabbitMQError(.connectFailed, "the system has no \(what) for a connection: \(String(cString: strerror(error)))")
    }

    /// The stack is 64 MiB because librabbitmq before 0.14 decodes nested tables by recursion.
    private func begin() throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 64 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                withSignalStack { Unmanaged<ConnectionThread>.fromOpaque(context).takeRetainedValue().loop() }
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw Self.lacking("thread", status)
        }
    }

    deinit { close(wakeup) }

    func setPump(_ pump: @escaping Pump) { state.withLock { $0.pump = pump } }

    /// Ends the thread once the jobs at hand are done.
    func stop() {
        state.withLock {
            $0.isStopped = true
            $0.pump = nil
        }
        wake()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasAsleep = state.withLock { state in
            state.jobs.append(job)
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if wasAsleep { wake() }
    }

    func checkIsolated() { precondition(isCurrent, "not on the connection's thread") }

    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    private var isCurrent: Bool {
        state.withLock { state in state.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    private func loop() {
        state.withLock { $0.thread = pthread_self() }
        while true {
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { return }
            let pump = state.withLock(\.pump)
            sleep(until: pump?() ?? Interest())
        }
    }

    private func sleep(until interest: Interest) {
        let maySleep = state.withLock { state in
            state.isAwake = !state.jobs.isEmpty || state.isStopped
            return !state.isAwake
        }
        var descriptors = [
            pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interest.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&descriptors, 2, maySleep ? interest.timeout : 0)
        state.withLock { $0.isAwake = true }
        if descriptors[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeup, &count, 8)
        }
    }
}
