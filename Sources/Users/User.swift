public import Daybook

/// A user of some system: the reference domain.
public struct User: Aggregate, Equatable {
    public static let category: StreamCategory = "user"

    public private(set) var email: String?
    public private(set) var name: String?
    public private(set) var isActive = false
    /// The reason of the last deactivation or reactivation; `nil` where none was stored.
    public private(set) var statusReason: String?
    /// Every email so far, the present one last.
    public private(set) var emailHistory: [String] = []
    /// `true` when the personal data were destroyed: then there is nothing left but that.
    public private(set) var isForgotten = false

    public init() {}

    public mutating func apply(_ event: UserEvent) {
        switch event {
        case .created(let email, let name):
            self.email = email
            self.name = name
            isActive = true
            emailHistory = [email]
        case .emailChanged(_, let newEmail):
            email = newEmail
            emailHistory.append(newEmail)
        case .deactivated(let reason):
            isActive = false
            statusReason = reason
        case .reactivated(let reason):
            isActive = true
            statusReason = reason
        case .forgotten:
            email = nil
            name = nil
            emailHistory = []
            statusReason = nil
            isForgotten = true
        }
    }

    public func forgetting() -> [UserEvent] {
        if isForgotten || email == nil { return [] }
        return isActive ? [.deactivated(reason: nil), .forgotten] : [.forgotten]
    }

    public func handle(_ command: UserCommand) throws(UserFailure) -> [UserEvent] {
        guard !isForgotten else { throw .forgotten }
        switch command {
        case .create(let email, let name):
            guard self.email == nil else { throw .alreadyCreated }
            return [.created(contactEmail: try Validation.email(email), name: try Validation.name(name))]
        case .changeEmail(let newEmail):
            guard let email else { throw .notFound }
            guard isActive else { throw .inactive }
            let newEmail = try Validation.email(newEmail)
            // As it is typed: for Swift, addresses are equal however they are composed.
            return newEmail.utf8.elementsEqual(email.utf8)
                ? [] : [.emailChanged(oldEmail: email, newEmail: newEmail)]
        case .deactivate(let reason):
            guard email != nil else { throw .notFound }
            guard isActive else { throw .alreadyInactive }
            return [.deactivated(reason: try Validation.reason(reason))]
        case .reactivate(let reason):
            guard email != nil else { throw .notFound }
            guard !isActive else { throw .alreadyActive }
            return [.reactivated(reason: try Validation.reason(reason))]
        }
    }
}

/// The commands of a user.
public enum UserCommand: Codable, Sendable, Equatable {
    /// The name has 1 to 200 characters as a reader counts them, one of them visible, and at most 800 bytes.
    case create(email: String, name: String)
    /// The same email again changes nothing.
    case changeEmail(newEmail: String)
    /// The reason has 1 to 500 characters as a reader counts them, one of them visible, and at most 2000 bytes.
    case deactivate(reason: String)
    /// The reason is like that of a deactivation.
    case reactivate(reason: String)

    enum CodingKeys: String, CodingKey {
        case create, deactivate, reactivate
        case changeEmail = "change-email"
    }
}

/// The refusals of a user.
public enum UserFailure: DomainFailure, Equatable {
    case alreadyCreated, notFound, inactive, alreadyInactive, alreadyActive, emailTaken, forgotten
    case invalidEmail(reason: String)
    case invalidName(reason: String)
    case invalidReason(reason: String)

    public var message: String {
        switch self {
        case .alreadyCreated: "the user was created before"
        case .notFound: "there is no such user"
        case .inactive: "the user is not active"
        case .alreadyInactive: "the user is not active already"
        case .alreadyActive: "the user is active already"
        case .emailTaken: "another user has this email"
        case .forgotten: "the user was forgotten"
        case .invalidEmail(let reason): "the email \(reason)"
        case .invalidName(let reason): "the name \(reason)"
        case .invalidReason(let reason): "the reason \(reason)"
        }
    }
}
