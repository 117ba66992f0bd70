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

/// The decision of an aggregate.
public struct When<Subject: Aggregate>: Sendable {
    let outcome: Result<[Subject.Event], Subject.Failure>

    /// Exactly these events came of it.
    ///
    /// - Throws: ``Mismatch`` that shows both sides.
    public func then(_ expected: Subject.Event...) throws where Subject.Event: Equatable {
        guard case .success(let events) = outcome, events == expected else {
            throw Mismatch(expected: Self.lines(of: expected), found: found)
        }
    }

    /// It changed nothing.
    ///
    /// - Throws: ``Mismatch`` that shows what it did.
    public func thenNothing() throws {
        guard case .success(let events) = outcome, events.isEmpty else {
            throw Mismatch(expected: Self.lines(of: []), found: found)
        }
    }

    /// It was refused for this reason.
    ///
    /// - Throws: ``Mismatch`` that shows what came of it instead.
    public func thenFails(_ expected: Subject.Failure) throws where Subject.Failure: Equatable {
        guard case .failure(let failure) = outcome, failure == expected else {
            throw Mismatch(expected: Self.lines(of: expected), found: found)
        }
    }

    /// The outcome, a line for each event.
    private var found: [String] {
        switch outcome {
        case .success(let events): Self.lines(of: events)
        case .failure(let failure): Self.lines(of: failure)
        }
    }

    private static func lines(of events: [Subject.Event]) -> [String] {
        events.isEmpty ? ["nothing"] : events.map { "\($0)" }
    }

    private static func lines(of failure: Subject.Failure) -> [String] { ["refused: \(failure)"] }
}
