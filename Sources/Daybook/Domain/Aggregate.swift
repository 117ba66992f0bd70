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

    /// The integration events made from an event: nothing, one or several integration events. Pure; asked once, when
    /// the event is appended.
    static func published(_ event: Event) -> [Published]

    /// The tags by which an event is found besides its stream, so that a rule can span streams. Pure; no tags, unless
    /// it says otherwise.
    static func tags(_ event: Event) -> [Tag]

    /// To be raised when ``tags(_:)`` or an upcaster changes what events are found by: the writer then makes the index
    /// anew when it starts. 0 means that there are no tags.
    static var tagVersion: Int { get }

    /// `true` when it holds what a tag of its own events names, such as its email, so that no other aggregate of its
    /// category may hold the same. It may begin to hold it only by an event that has the tag.
    func holds(_ tag: Tag) -> Bool

    /// The reason why a command is refused whose events have a tag of what another one holds; `nil` where several may
    /// hold it.
    static func taken(_ tag: Tag) -> Failure?

    /// The last events of one whose personal data are to be destroyed; they must carry none. Integration events of
    /// theirs whose type ends in `.forgotten` make read models drop what they have. None mean that there is nothing to
    /// record.
    func forgetting() -> [Event]

    /// The rule for when its state is kept to make loading faster. Never, unless it says otherwise.
    static var snapshots: SnapshotPolicy { get }

    /// To be raised when what the state means changes, be it its `Codable` form, ``apply(_:)`` or an upcaster: older
    /// snapshots are then of no use, and ignored.
    static var snapshotVersion: Int { get }

    /// The team that answers for it, for the catalogue: a team, say. Nobody, unless it says so.
    static var owner: String { get }

    /// Members that its commands had once, by command; those of objects inside by their path, such as `address.street`.
    /// Clients may still send them. Every other member that a command does not have is refused.
    static var retiredMembers: [String: Set<String>] { get }

    /// Its commands, each with an example, for the catalogue and the documents made of it.
    static var commands: [CommandDescription<Command>] { get }
}

extension Aggregate {
    public static func tags(_ event: Event) -> [Tag] { [] }
    public static var tagVersion: Int { 0 }
    public func holds(_ tag: Tag) -> Bool { false }
    public static func taken(_ tag: Tag) -> Failure? { nil }
    public func forgetting() -> [Event] { [] }
    public static var snapshots: SnapshotPolicy { .never }
    public static var snapshotVersion: Int { 1 }
    public static var owner: String { "" }
    public static var retiredMembers: [String: Set<String>] { [:] }
    public static var commands: [CommandDescription<Command>] { [] }
}

extension Aggregate where Published == NoIntegrationEvents {
    public static func published(_ event: Event) -> [NoIntegrationEvents] { [] }
}

/// The reason why a domain refuses a command. What it has besides, such as the associated values of a case, is told to
/// clients as members of the problem.
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

extension Refusal {
    /// What is remembered, and told to clients, of a failure.
    init(_ failure: some DomainFailure) {
        self.init(code: failure.code, message: failure.message, values: Self.values(of: failure))
    }

    private static func values(of failure: some DomainFailure) -> String? {
        guard let bytes = try? JSON.encode(failure),
            case .object(var values)? = try? bytes.withUnsafeBytes({ try JSONData($0) })
        else { return nil }
        // An enum has the values of a case in an object, under its key.
        if Mirror(reflecting: failure).displayStyle == .enum {
            guard case .object(let members)? = values.first?.value else { return nil }
            values = members
        }
        return values.isEmpty ? nil : JSONData.object(values).line
    }

    /// ``values`` by name.
    public var members: [String: JSONData] {
        guard let values, case .object(let members)? = try? Array(values.utf8).withUnsafeBytes({ try JSONData($0) })
        else { return [:] }
        return members
    }
}
