import Daybook
import DaybookTesting
import Testing
import Users

@Suite struct `A user's properties` {
    static func command(_ random: inout SeededGenerator) -> UserCommand {
        let emails = ["a@example.com", "b@example.com", " c@example.com ", "no email", "ü@exämple.org"]
        let reasons = ["left", "came back", " ", String(repeating: "x", count: 501)]
        let names = ["Ada", "", "  Grace  ", String(repeating: "x", count: 201)]
        return switch Int.random(in: 0..<6, using: &random) {
        case 0:
            .create(
                email: emails.randomElement(using: &random) ?? "", name: names.randomElement(using: &random) ?? "")
        case 1, 2: .changeEmail(newEmail: emails.randomElement(using: &random) ?? "")
        case 3: .deactivate(reason: reasons.randomElement(using: &random) ?? "")
        default: .reactivate(reason: reasons.randomElement(using: &random) ?? "")
        }
    }

    @Test func `hold in ten thousand random sequences of commands`() throws {
        try verifyProperties(of: User.self, command: Self.command)
    }

    /// Forgets what it is when it is kept, and counts what is decided and not what happened.
    private struct Forgetful: Aggregate, Equatable {
        enum Event: DomainEvent { case happened(number: Int) }
        enum Command: Codable, Sendable { case go }
        enum Failure: DomainFailure { case no }
        enum CodingKeys: CodingKey {}

        static let category: StreamCategory = "forgetful"
        var number = 0

        func handle(_ command: Command) throws(Failure) -> [Event] { [.happened(number: number + 1)] }
        mutating func apply(_ event: Event) { number += 1 }
    }

    @Test func `are missed where one does not hold, with the commands that show it`() {
        let broken = #expect(throws: BrokenProperty.self) {
            try verifyProperties(of: Forgetful.self, sequences: 10, seed: 1) { _ in .go }
        }
        #expect(broken?.description.contains("kept and read again") == true)
        #expect(broken?.description.contains("seed 1") == true)
    }
}
