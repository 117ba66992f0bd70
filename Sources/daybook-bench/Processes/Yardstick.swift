import DaybookService
import Foundation

extension Bench {
    /// Runs a yardstick to its end.
    ///
    /// - Returns: The rate that it printed; `nil` when there is no such yardstick, or it measures nothing.
    @discardableResult
    func runYardstick(_ name: String, _ arguments: [String]) async throws -> Double? {
        guard let program = yardstick(name) else { return nil }
        let process = try ChildProcess(
            program, arguments, environment: ["YARD_PORT": String(brokerPort)], log: path("yardstick.log"))
        let status = await process.wait()
        guard status == 0 else {
            let call = ([name] + arguments).joined(separator: " ")
            throw BenchError("the yardstick \(call) exited with \(status): \(process.output)")
        }
        let words = process.output.split(whereSeparator: \.isWhitespace)
        guard let unit = words.lastIndex(where: { $0 == "events/s" || $0 == "messages/s" }), unit > words.startIndex
        else { return nil }
        return Double(words[words.index(before: unit)])
    }

    /// Removes the yardstick's queues. A broker that has just emptied them now and then does not answer in time.
    func deleteYardstickQueues() async throws {
        for attempt in 1... {
            do {
                try await runYardstick("broker", ["delete", "\(Self.partitionCount)"])
                return
            } catch  where attempt < 3 {
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Events a second that are appended one in a transaction: what a durable commit costs on this disk.
    func singleAppendRate() async throws -> Double? {
        remove("yard-append.sqlite")
        defer { remove("yard-append.sqlite") }
        let events = isQuick ? 800 : 4000
        return try await runYardstick("append", [path("yard-append.sqlite"), String(events), "1"])
    }
}
