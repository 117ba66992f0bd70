/// The part of a domain that decides: its state is the fold of its events, and commands become new events.
///
/// An aggregate is a value. ``apply(_:)`` never fails and never records anything; ``handle(_:)`` only decides.
public protocol Aggregate: Codable, Sendable {
    associatedtype Event: DomainEvent
    associatedtype Command: Codable & Sendable
    associatedtype Failure: DomainFailure
    associatedtype Published: IntegrationEvent = NoIntegrationEvents

    /// The first part of its streams' names, and of its routes: `user`.
    static var category: StreamCategory { get }

    /// The state before the first event.
    init()

    /// Decides. No events mean that there is nothing to change.
    func handle(_ command: Command) throws(Failure) -> [Event]

    mutating func apply(_ event: Event)

    /// What other systems are told of an event: nothing, one or several integration events. Pure; asked once, when
    /// the event is appended.
    static func published(_ event: Event) -> [Published]

    /// When its state is kept to make loading faster. Never, unless it says otherwise.
    static var snapshots: SnapshotPolicy { get }

    /// To be raised when what the state means changes, be it its `Codable` form, ``apply(_:)`` or an upcaster: older
    /// snapshots are then of no use, and ignored.
    static var snapshotVersion: Int { get }
}

extension Aggregate {
    public static var snapshots: SnapshotPolicy { .never }
    public static var snapshotVersion: Int { 1 }
}

extension Aggregate where Published == NoIntegrationEvents {
    public static func published(_ event: Event) -> [NoIntegrationEvents] { [] }
}

/// Why a domain refuses a command.
public protocol DomainFailure: Error, Sendable, Codable {
    /// Stable, in kebab-case: programs switch on it.
    var code: String { get }
    /// For people.
    var message: String { get }
}

extension DomainFailure {
    /// The name of the case in kebab-case.
    public var code: String {
        let name = String(describing: self).prefix { $0 != "(" }
        return String(name.flatMap { $0.isUppercase ? ["-", Character($0.lowercased())] : [$0] })
    }

    /// The code in words.
    public var message: String { code.split(separator: "-").joined(separator: " ") }
}
