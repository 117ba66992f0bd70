public import Daybook

/// What can happen to a user.
public enum UserEvent: DomainEvent, Equatable {
    case created(contactEmail: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    case deactivated
    case reactivated

    enum CodingKeys: String, CodingKey {
        case created, deactivated, reactivated
        case emailChanged = "email-changed"
    }

    public static let schemaVersions = ["created": 2]

    /// The first users were created with an `email`.
    public static let upcasters: [Upcaster] = [
        .renamed(member: "email", to: "contactEmail", of: "created", from: 1)
    ]
}

/// What other systems are told: `user.created`, `user.email-changed`, `user.deactivated`, `user.reactivated`.
public enum UserIntegrationEvent: IntegrationEvent, Equatable {
    case created(email: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    case deactivated
    case reactivated

    enum CodingKeys: String, CodingKey {
        case created, deactivated, reactivated
        case emailChanged = "email-changed"
    }

    public static let namespace = "user"
}

extension User {
    public static func published(_ event: UserEvent) -> [UserIntegrationEvent] {
        switch event {
        case .created(let contactEmail, let name): [.created(email: contactEmail, name: name)]
        case .emailChanged(let oldEmail, let newEmail): [.emailChanged(oldEmail: oldEmail, newEmail: newEmail)]
        case .deactivated: [.deactivated]
        case .reactivated: [.reactivated]
        }
    }
}
