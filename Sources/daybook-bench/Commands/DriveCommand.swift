import ArgumentParser
import Daybook
import Histogram

/// Sends commands to a writer that runs already.
struct DriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive",
        abstract: "Changes emails at a fixed rate, and prints how long that took.",
        discussion: """
            The users are u0, u1 and so on. Each command counts from when it was due, so that one that is held up is \
            not left out. Prints one line of JSON; times are in milliseconds. `machinePause` is the longest time for \
            which the machine left a thread waiting that does nothing but sleep: it holds up whatever is measured.
            """)

    @Option(help: ArgumentHelp("The port of the writer on this machine.", valueName: "port"))
    var port: Int

    @Option(help: ArgumentHelp("Commands a second.", valueName: "number"))
    var rate = 1000

    @Option(help: ArgumentHelp("The time for which commands are sent.", valueName: "number"))
    var seconds: Int

    @Option(help: ArgumentHelp("Users that there are.", valueName: "number"))
    var users: Int

    @Option(help: ArgumentHelp("Users to which nine of ten commands go.", valueName: "number"))
    var activeUsers: Int

    @Option(help: ArgumentHelp("The number of the first command, of which emails are made.", valueName: "number"))
    var first = 0

    private static let connections = 64

    /// The line that is printed.
    private struct Result: Encodable {
        let commands: Int
        let perSecond: Double
        let p50: Double
        let p99: Double
        let slowest: Double
        /// The time when the slowest was answered.
        let secondsToSlowest: Double
        /// The longest time for which the machine did not run a thread that was due, and when that was.
        let machinePause: Double
        let secondsToMachinePause: Double
    }

    func run() async throws {
        let watch = PauseWatch()
        let outcome = try await onThread {
            let schedule = HTTPLoad.Schedule(start: Stopwatch.now, interval: 1_000_000_000 / UInt64(rate))
            return try HTTPLoad.run(
                port: port, connections: Self.connections, count: rate * seconds, at: schedule, request: request)
        }
        let pause = watch.stop()
        var histogram = Histogram<UInt64>()
        for latency in outcome.latencies { histogram.record(latency) }
        let result = Result(
            commands: outcome.latencies.count, perSecond: Double(outcome.latencies.count) / outcome.seconds,
            p50: Double(histogram.valueAtPercentile(50)) / 1e6, p99: Double(histogram.valueAtPercentile(99)) / 1e6,
            slowest: Double(outcome.slowest) / 1e6, secondsToSlowest: outcome.secondsToSlowest,
            machinePause: Double(pause.nanoseconds) / 1e6, secondsToMachinePause: pause.secondsToEnd)
        print(String(decoding: try JSON.encode(result), as: UTF8.self))
    }

    private func request(_ index: Int) -> [UInt8] {
        let number = first + index
        let user = number % 10 == 0 ? number / 10 % users : number % activeUsers
        return HTTPLoad.request(
            "POST", "/v1/user/u\(user)/change-email", port: port, body: #"{"newEmail":"n\#(number)@example.com"}"#)
    }
}
