import Foundation

/// Drives requests over keep-alive connections from one thread: as fast as they are answered, or at fixed times.
enum HTTPLoad {
    /// Fixed times at which requests are due, whether or not earlier ones are answered.
    struct Schedule: Sendable {
        let start: UInt64
        let interval: UInt64

        func time(of index: Int) -> UInt64 { start + UInt64(index) * interval }
    }

    struct Outcome: Sendable {
        var seconds = 0.0
        /// From the sending of each request, or from the time when it was due, to its answer; in nanoseconds.
        var latencies: [UInt64] = []
        var slowest: UInt64 = 0
        /// From the start to the answer of the slowest.
        var secondsToSlowest = 0.0

        mutating func add(_ latency: UInt64, secondsSinceStart: Double) {
            latencies.append(latency)
            guard latency > slowest else { return }
            slowest = latency
            secondsToSlowest = secondsSinceStart
        }
    }

    /// Sends all requests, each connection the next one as soon as its last was answered.
    ///
    /// - Throws: When any answer is not 2xx.
    static func run(
        port: Int, connections count: Int, requests: [[UInt8]], at schedule: Schedule? = nil
    ) throws -> Outcome {
        try run(port: port, connections: count, count: requests.count, at: schedule) { requests[$0] }
    }

    /// The same with requests that are made as they are sent, for many.
    static func run(
        port: Int, connections count: Int, count requests: Int, at schedule: Schedule?, request: (Int) -> [UInt8]
    ) throws -> Outcome {
        let connections = try (0..<count).map { _ in try HTTPConnection(port: port) }
        var descriptors = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var begun = [UInt64](repeating: 0, count: count)
        var free = Array(connections.indices)
        var outcome = Outcome()
        var statuses: [Int: Int] = [:]
        var next = 0
        let start = schedule?.start ?? Stopwatch.now
        while outcome.latencies.count < requests {
            // In turn: a daemon closes a connection that is idle for long.
            while next < requests, let connection = free.first {
                let now = Stopwatch.now
                let due = schedule?.time(of: next) ?? now
                guard due <= now else { break }
                free.removeFirst()
                begun[connection] = due
                try connections[connection].send(request(next))
                next += 1
            }
            let isWaiting = next < requests && !free.isEmpty
            try pause(&descriptors, until: isWaiting ? schedule?.time(of: next) : nil)
            for index in connections.indices where descriptors[index].revents != 0 {
                guard let answer = try connections[index].receive() else { continue }
                outcome.add(Stopwatch.now - begun[index], secondsSinceStart: Stopwatch.seconds(since: start))
                statuses[answer.status, default: 0] += 1
                guard (200..<300).contains(answer.status) else {
                    throw BenchError("answers \(statuses): \(String(decoding: answer.body, as: UTF8.self))")
                }
                free.append(index)
            }
        }
        outcome.seconds = Stopwatch.seconds(since: start)
        return outcome
    }

    /// Waits for an answer, or until the next request is due. `poll` knows whole milliseconds only: the last one is
    /// slept through.
    private static func pause(_ descriptors: inout [pollfd], until due: UInt64?) throws {
        var timeout: Int32 = 10_000
        if let due {
            let now = Stopwatch.now
            let left = due > now ? due - now : 0
            if left < 1_000_000 { usleep(UInt32(left / 1000)) }
            timeout = Int32(left / 1_000_000)
        }
        let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
        guard ready >= 0 || errno == EINTR else { throw BenchError("poll: error \(errno)") }
        if ready == 0 && due == nil { throw BenchError("no answer within 10 s") }
    }

    /// One request on a connection of its own; `nil` when nobody listens.
    static func get(_ path: String, port: Int) async throws -> HTTPConnection.Answer? {
        try await onThread {
            guard let connection = try? HTTPConnection(port: port) else { return nil }
            try connection.send(request("GET", path, port: port, body: ""))
            var descriptors = [pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)]
            while true {
                try pause(&descriptors, until: nil)
                if let answer = try connection.receive() { return answer }
            }
        }
    }

    static func request(_ method: String, _ path: String, port: Int, body: String) -> [UInt8] {
        let head =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }
}
