public import Daybook

/// The events of a user.
public enum UserEvent: DomainEvent, Equatable {
    case created(contactEmail: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    /// Schema version 1 had no reason.
    case deactivated(reason: String?)
    /// Schema version 1 had no reason.
    case reactivated(reason: String?)
    /// The personal data are destroyed.
    case forgotten

    enum CodingKeys: String, CodingKey {
        case created, deactivated, reactivated, forgotten
        case emailChanged = "email-changed"
    }

    public static let schemaVersions = ["created": 2, "deactivated": 2, "reactivated": 2]

    public static let personal: [String: Set<String>] = [
        "created": ["contactEmail", "name"], "email-changed": ["oldEmail", "newEmail"],
        "deactivated": ["reason"], "reactivated": ["reason"],
    ]

    /// The first users were created with an `email`, and changed their status without a reason.
    public static let upcasters: [Upcaster] = [
        .renamed(member: "email", to: "contactEmail", of: "created", from: 1),
        .unchanged("deactivated", from: 1), .unchanged("reactivated", from: 1),
    ]
}

/// The integration events of a user: `user.created`, `user.email-changed`, `user.deactivated`, `user.reactivated`,
/// `user.forgotten`.
public enum UserIntegrationEvent: IntegrationEvent, Equatable {
    case created(email: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    /// Schema version 1 had no reason.
    case deactivated(reason: String?)
    /// Schema version 1 had no reason.
    case reactivated(reason: String?)
    case forgotten

    enum CodingKeys: String, CodingKey {
        case created, deactivated, reactivated, forgotten
        case emailChanged = "email-changed"
    }

    public static let namespace = "user"

    public static let upcasters: [Upcaster] = [
        .unchanged("deactivated", from: 1), .unchanged("reactivated", from: 1),
    ]

    public static let schemaVersions = ["deactivated": 2, "reactivated": 2]

    public static let personal: [String: Set<String>] = [
        "created": ["email", "name"], "email-changed": ["oldEmail", "newEmail"],
        "deactivated": ["reason"], "reactivated": ["reason"],
    ]
}

extension User {
    public static func published(_ event: UserEvent) -> [UserIntegrationEvent] {
        switch event {
        case .created(let contactEmail, let name): [.created(email: contactEmail, name: name)]
        case .emailChanged(let oldEmail, let newEmail): [.emailChanged(oldEmail: oldEmail, newEmail: newEmail)]
        case .deactivated(let reason): [.deactivated(reason: reason)]
        case .reactivated(let reason): [.reactivated(reason: reason)]
        case .forgotten: [.forgotten]
        }
    }
}

/// One user per email: an email is found by a tag of the events by which a user gets it.
extension User {
    public static let tagVersion = 2

    public static func tags(_ event: UserEvent) -> [Tag] {
        switch event {
        case .created(let email, _), .emailChanged(_, let email): [tag(email)]
        case .deactivated, .reactivated, .forgotten: []
        }
    }

    public func holds(_ tag: Tag) -> Bool { email.map { Self.tag($0) == tag } ?? false }

    public static func taken(_ tag: Tag) -> UserFailure? { .emailTaken }

    public static func tag(_ email: String) -> Tag { Tag("email", EmailAddress.normalForm(of: email)) }
}
