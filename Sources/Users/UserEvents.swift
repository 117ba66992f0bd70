public import Daybook

/// What can happen to a user.
public enum UserEvent: DomainEvent, Equatable {
    case created(email: String, name: String)
    case emailChanged(oldEmail: String, newEmail: String)
    case deactivated
    case reactivated

    enum CodingKeys: String, CodingKey {
        case created, deactivated, reactivated
        case emailChanged = "email-changed"
    }
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
        case .created(let email, let name): [.created(email: email, name: name)]
        case .emailChanged(let oldEmail, let newEmail): [.emailChanged(oldEmail: oldEmail, newEmail: newEmail)]
        case .deactivated: [.deactivated]
        case .reactivated: [.reactivated]
        }
    }
}
