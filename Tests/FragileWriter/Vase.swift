import Daybook
import Foundation

enum VaseEvent: DomainEvent {
    case knocked(strength: Int)
    case signed(by: String)

    static let personal: [String: Set<String>] = ["signed": ["by"]]

    static let upcasters: [Upcaster] = [
        .changed("knocked", from: 0) { data in
            if !Vase.isMended { preconditionFailure("the upcaster has a mistake") }
            data["strength"] = 1
        }
    ]
}

struct Vase: Aggregate {
    enum Command: Codable, Sendable {
        case knock(strength: Int)
        /// The decision itself ends the process.
        case shatter(with: String)
        case sign(by: String)
    }

    enum Failure: DomainFailure { case tooMuch }

    static let category: StreamCategory = "vase"
    static let isMended = ProcessInfo.processInfo.environment["FRAGILE_MENDED"] != nil

    private(set) var strength = 0

    static func tags(_ event: VaseEvent) -> [Tag] {
        guard case .signed(let name) = event else { return [] }
        precondition(isMended || name != SealedData.forgotten, "nobody thought of somebody who is forgotten")
        return [Tag("maker", name)]
    }

    func handle(_ command: Command) throws(Failure) -> [VaseEvent] {
        switch command {
        case .knock(let strength):
            if Self.isMended, self.strength.addingReportingOverflow(strength).overflow { throw .tooMuch }
            return [.knocked(strength: strength)]
        case .shatter(with: "a signal"):
            // As the system does where memory is short.
            kill(getpid(), SIGKILL)
            return []
        case .shatter(let tool):
            precondition(Self.isMended, "nobody thought of \(tool)")
            return []
        case .sign(let name): return [.signed(by: name)]
        }
    }

    mutating func apply(_ event: VaseEvent) {
        guard case .knocked(let strength) = event else { return }
        self.strength = Self.isMended ? self.strength &+ strength : self.strength + strength
    }
}
