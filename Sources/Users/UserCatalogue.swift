public import Daybook

extension UserEvent {
    public static let catalogue: [EventDescription<UserEvent>] = [
        EventDescription(
            .created(contactEmail: "ada@example.com", name: "Ada Lovelace"), "A user was created, and is active.",
            since: "2026-11-26"),
        EventDescription(
            .emailChanged(oldEmail: "ada@example.com", newEmail: "ada@example.org"),
            "A user can be reached at another email.", since: "2026-11-23"),
        EventDescription(
            .deactivated(reason: "left the company"), "A user is not active any more.", since: "2026-11-28"),
        EventDescription(.reactivated(reason: "came back"), "A user is active again.", since: "2026-11-28"),
        EventDescription(.forgotten, "The personal data of a user were destroyed.", since: "2026-11-26"),
    ]
}

extension UserIntegrationEvent {
    public static let catalogue: [EventDescription<UserIntegrationEvent>] = [
        EventDescription(
            .created(email: "ada@example.com", name: "Ada Lovelace"), "A user was created, and is active.",
            since: "2026-11-23"),
        EventDescription(
            .emailChanged(oldEmail: "ada@example.com", newEmail: "ada@example.org"),
            "A user can be reached at another email.", since: "2026-11-23"),
        EventDescription(
            .deactivated(reason: "left the company"), "A user is not active any more.", since: "2026-11-28"),
        EventDescription(.reactivated(reason: "came back"), "A user is active again.", since: "2026-11-28"),
        EventDescription(.forgotten, "The personal data of a user were destroyed.", since: "2026-11-26"),
    ]
}

extension User {
    public static let owner = "users-team"

    public static let commands: [CommandDescription<UserCommand>] = [
        CommandDescription(.create(email: "ada@example.com", name: "Ada Lovelace"), "Creates a user, who is active."),
        CommandDescription(
            .changeEmail(newEmail: "ada@example.org"),
            "Changes the email of an active user. The same one again changes nothing."),
        CommandDescription(.deactivate(reason: "left the company"), "Deactivates an active user."),
        CommandDescription(.reactivate(reason: "came back"), "Reactivates a user who is not active."),
    ]
}
