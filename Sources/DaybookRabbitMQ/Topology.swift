import Daybook
import RabbitMQ

/// The names of what Daybook has on a broker, and how it is declared.
public enum Topology {
    public static let eventsExchange = "daybook.events"
    public static let historyExchange = "daybook.history"

    /// `p03.user.email-changed`.
    static func routingKey(_ entry: LogEntry) -> String { "\(entry.place.partition).\(entry.type)" }

    /// `daybook.users.p03`: what one projection has still to read of one partition.
    static func queue(projection: String, _ partition: Partition) -> String {
        "daybook.\(projection).\(partition)"
    }

    /// The place where the history requests to one writer wait.
    static func historyQueue(_ source: Source) -> String { "daybook.history.\(source)" }

    /// `true` when daemons declare what they need, or only check that it is there because deployment declared it.
    public enum Declaration: String, Sendable {
        case declare, check
    }

    static func establishEvents(on channel: Channel, _ declaration: Declaration) async throws {
        try await channel.declareExchange(eventsExchange, kind: "topic", passive: declaration == .check)
    }

    /// A queue without filters: one that left types out would look like gaps.
    static func establishQueue(
        projection: String, _ partition: Partition, on channel: Channel, _ declaration: Declaration
    ) async throws {
        let name = queue(projection: projection, partition)
        guard declaration == .declare else {
            try await channel.declareQueue(name, passive: true)
            return
        }
        try await channel.declareQueue(
            name, arguments: ["x-queue-type": "quorum", "x-single-active-consumer": .boolean(true)])
        try await channel.bindQueue(name, to: eventsExchange, routingKey: "\(partition).#")
    }

    static func establishHistory(on channel: Channel, _ declaration: Declaration) async throws {
        try await channel.declareExchange(historyExchange, kind: "direct", passive: declaration == .check)
    }

    static func establishHistoryQueue(
        of source: Source, on channel: Channel, _ declaration: Declaration
    ) async throws {
        let name = historyQueue(source)
        guard declaration == .declare else {
            try await channel.declareQueue(name, passive: true)
            return
        }
        try await channel.declareQueue(name)
        try await channel.bindQueue(name, to: historyExchange, routingKey: source.description)
    }
}
