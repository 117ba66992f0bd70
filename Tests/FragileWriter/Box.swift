import Daybook
import Foundation

/// Keeps one value of each kind, whatever it is: what goes in must come out everywhere.
struct Box: Aggregate {
    struct Contents: Codable, Sendable {
        var text: String?
        var whole: Int64?
        var large: UInt64?
        var real: Double?
        var price: Decimal?
        var labels: [String: String]?
    }

    enum Event: DomainEvent { case filled(contents: Contents) }

    enum Published: IntegrationEvent {
        case filled(contents: Contents)

        static let namespace = "box"
    }

    enum Command: Codable, Sendable { case fill(contents: Contents) }

    enum Failure: DomainFailure { case none }

    static let category: StreamCategory = "box"

    private(set) var contents: Contents?

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .fill(let contents): [.filled(contents: contents)]
        }
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .filled(let contents): self.contents = contents
        }
    }

    static func published(_ event: Event) -> [Published] {
        switch event {
        case .filled(let contents): [.filled(contents: contents)]
        }
    }
}
