public import Daybook

/// Begins a test of an aggregate: what has happened to it before.
///
/// ```swift
/// try given(Account.self, .opened(owner: "Ada")).when(.deposit(amount: 20)).then(.deposited(amount: 20))
/// ```
public func given<Subject: Aggregate>(_ subject: Subject.Type, _ history: Subject.Event...) -> Given<Subject> {
    Given(history: history)
}

/// An aggregate with a history.
public struct Given<Subject: Aggregate>: Sendable {
    let history: [Subject.Event]

    /// Lets it decide on a command.
    public func when(_ command: Subject.Command) -> When<Subject> {
        var aggregate = Subject()
        for event in history { aggregate.apply(event) }
        do {
            return When(outcome: .success(try aggregate.handle(command)))
        } catch {
            return When(outcome: .failure(error))
        }
    }
}

/// What an aggregate decided.
public struct When<Subject: Aggregate>: Sendable {
    let outcome: Result<[Subject.Event], Subject.Failure>

    /// Exactly these events came of it.
    ///
    /// - Throws: ``Mismatch`` that shows both sides.
    public func then(_ expected: Subject.Event...) throws where Subject.Event: Equatable {
        guard case .success(let events) = outcome, events == expected else {
            throw Mismatch(expected: "\(expected)", found: "\(outcome)")
        }
    }

    /// It changed nothing.
    public func thenNothing() throws {
        guard case .success(let events) = outcome, events.isEmpty else {
            throw Mismatch(expected: "nothing", found: "\(outcome)")
        }
    }

    /// It was refused for this reason.
    public func thenFails(_ expected: Subject.Failure) throws where Subject.Failure: Equatable {
        guard case .failure(let failure) = outcome, failure == expected else {
            throw Mismatch(expected: "\(expected)", found: "\(outcome)")
        }
    }
}

/// What was expected and what was found instead.
public struct Mismatch: Error, CustomStringConvertible {
    public let expected: String
    public let found: String

    init(expected: String, found: String) {
        self.expected = expected
        self.found = found
    }

    public var description: String { "\n  expected: \(expected)\n  found:    \(found)" }
}
